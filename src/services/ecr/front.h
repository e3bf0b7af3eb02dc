// The distribution API, which docker, skopeo, buildah and the like speak: who asks is told by the password of
// GetAuthorizationToken, and each request needs the permission that the API's operation needs.
//
// Threads: the request's own loop, several at once.
#pragma once
#include "services/ecr/blob_requests.h"
#include "services/ecr/manifest_requests.h"

namespace hearth::services::ecr {

class RegistryFront {
 public:
  RegistryFront(const Parts& parts, LayerStore& store)
      : parts_(parts), blobs_(parts, store), manifests_(parts) {}

  // Whether the request is one for a registry: its path is, and nobody signed it as requests of AWS are.
  static bool takes(const io::Request& request);

  Task<io::Response> serve(io::Request request);

 private:
  Async<io::Response> answer(io::Request& request);
  Async<wire::Identity> caller(const io::Request& request, TimePoint now);
  Async<io::Response> follow(io::Request& request, RegistryRoute route, std::string text);
  Async<io::Response> dispatch(Exchange& exchange);
  Exchange exchange_of(io::Request& request, RegistryRoute route, Registry registry, wire::Identity identity,
                       TimePoint now) const;

  const Parts& parts_;
  BlobRequests blobs_;
  ManifestRequests manifests_;
};

}  // namespace hearth::services::ecr
