// The distribution API's half that is about blobs: reading them, and uploads.
//
// Threads: the request's own loop, several at once.
#pragma once
#include "services/ecr/exchange.h"
#include "services/ecr/layer_store.h"

namespace hearth::services::ecr {

class BlobRequests {
 public:
  BlobRequests(const Parts& parts, LayerStore& store) : parts_(parts), store_(store) {}

  // `exchange` outlives the tasks.
  Async<io::Response> blob(Exchange& exchange);
  Async<io::Response> uploads(Exchange& exchange);
  Async<io::Response> upload(Exchange& exchange);
  // A blob by a link that was checked: nobody is asked who they are.
  Async<io::Response> send(Exchange& exchange);

 private:
  Async<io::Response> begin(Exchange& exchange);
  Async<bool> mounted(Exchange& exchange, oci::Digest digest);
  Async<io::Response> append(Exchange& exchange);
  Async<io::Response> refuse_part(Exchange& exchange, Error error);
  Async<uint64_t> take_body(Exchange& exchange);
  Async<io::Response> complete(Exchange& exchange, std::string upload, oci::Digest digest);

  const Parts& parts_;
  LayerStore& store_;
};

}  // namespace hearth::services::ecr
