// The distribution API's half that is about manifests, and what lists them.
//
// Threads: the request's own loop, several at once.
#pragma once
#include "services/ecr/exchange.h"
#include "services/ecr/image_store.h"
#include "services/ecr/parts.h"

namespace hearth::services::ecr {

class ManifestRequests {
 public:
  explicit ManifestRequests(const Parts& parts) : parts_(parts) {}

  // `exchange` outlives the tasks.
  Async<io::Response> manifest(Exchange& exchange);
  Async<io::Response> tags(Exchange& exchange);
  Async<io::Response> referrers(Exchange& exchange);
  Async<io::Response> catalog(Exchange& exchange);

 private:
  Async<io::Response> read(Exchange& exchange, ImageName name);
  Async<io::Response> put(Exchange& exchange, ImageName name);
  Async<io::Response> remove(Exchange& exchange, ImageName name);

  const Parts& parts_;
};

}  // namespace hearth::services::ecr
