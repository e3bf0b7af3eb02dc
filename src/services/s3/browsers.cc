#include "services/s3/browsers.h"

namespace hearth::services::s3 {

void Browsers::mount(wire::Router& router) {
  cors_.mount(router);
  router.front_with(api::s3::kService, *this);
}

bool Browsers::takes(const io::Request& request, std::string_view) const {
  return request.method == "OPTIONS";
}

Async<io::Response> Browsers::serve(wire::Call&, io::Request& request, std::string path) {
  co_return co_await cors_.preflight(request, std::move(path));
}

Task<void> Browsers::complete(const wire::Call& call, std::string path, io::Response& response) {
  co_await cors_.complete(*call.request, std::move(path), response);
}

}  // namespace hearth::services::s3
