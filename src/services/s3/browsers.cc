#include "services/s3/browsers.h"

#include "base/encoding.h"
#include "services/s3/names.h"

namespace hearth::services::s3 {

void Browsers::mount(wire::Router& router) {
  cors_.mount(router);
  router.front_with(api::s3::kService, *this);
}

// A form is posted to a bucket itself, and no operation is but that by which functions answer.
bool Browsers::takes(const io::Request& request, std::string_view path) const {
  // A page that is going to name a target does not mean an object.
  if (request.method == "OPTIONS") {
    return to_lower(request.headers.get("access-control-request-headers")).find("x-amz-target") ==
           std::string::npos;
  }
  if (request.method != "POST" || !request.raw_query().empty()) return false;
  if (request.headers.has("x-amz-request-route")) return false;
  const ResourcePath resource = split_path(path);
  return !resource.bucket.empty() && resource.key.empty();
}

Async<io::Response> Browsers::serve(wire::Call& call, io::Request& request, std::string path) {
  if (request.method == "OPTIONS")
    co_return co_await cors_.preflight(request, std::move(path), *call.response_headers);
  co_return co_await forms_.serve(call, request, std::move(path));
}

Task<void> Browsers::complete(const wire::Call& call, std::string path, io::Response& response) {
  co_await cors_.complete(*call.request, std::move(path), response);
}

}  // namespace hearth::services::s3
