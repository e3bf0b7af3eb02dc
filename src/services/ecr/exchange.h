// One request to the distribution API, on its way: who asks, and what for.
#pragma once
#include "io/http_message.h"
#include "oci/digest.h"
#include "services/ecr/registry_errors.h"
#include "services/ecr/repository_ref.h"
#include "services/ecr/route.h"
#include "wire/auth.h"

namespace hearth::services::ecr {

struct Exchange {
  io::Request& request;
  RegistryRoute route;
  wire::Call call;
  RepositoryRef ref;
  wire::Authorizer& authorizer;

  // Whether the caller may do this ("ecr:PutImage") with the repository of the request.
  Async<void> allow(std::string action) const {
    co_return co_await authorizer.authorize(call, {.action = std::move(action), .resource = ref.arn()});
  }
  std::optional<std::string> parameter(std::string_view name) const {
    return parameter_of(request.raw_query(), name);
  }
  // "/v2/NAME/" and this.
  std::string path(std::string_view rest) const { return "/v2/" + ref.name + "/" + std::string(rest); }
};

// Of a digest in the path or a parameter: "DIGEST_INVALID".
inline Result<oci::Digest> digest_in(std::string_view text) {
  auto digest = oci::Digest::parse(text);
  if (digest) return digest;
  return fail(registry_error(400, "DIGEST_INVALID", "Invalid digest: only sha256 is supported"));
}
inline Error unsupported() {
  return registry_error(405, "UNSUPPORTED", "The operation is unsupported.");
}

}  // namespace hearth::services::ecr
