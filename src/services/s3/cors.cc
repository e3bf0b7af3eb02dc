#include "services/s3/cors.h"

#include "services/s3/errors.h"
#include "services/s3/names.h"

namespace hearth::services::s3 {
namespace {

constexpr SettingForm kCors{.kind = "cors",
                            .member = "CORSConfiguration",
                            .absent_code = "NoSuchCORSConfiguration",
                            .absent_message = "The CORS configuration does not exist"};

auto check_cors = [](Tables&, const BucketRecord&, const auto& input) -> Async<void> {
  TRY_VOID(check_cors_rules(input.cors_configuration.cors_rules));
  co_return {};
};

Error bad_request(std::string message) {
  return {.code = "BadRequest", .message = std::move(message), .status = 400};
}

Error forbidden(std::string_view reason, std::string method, std::string_view resource) {
  return {.code = "AccessForbidden",
          .message = "CORSResponse: " + std::string(reason),
          .extra = {{"Method", std::move(method)}, {"ResourceType", std::string(resource)}},
          .status = 403};
}

}  // namespace

Cors::Cors(Parts& parts, AccessPointFacts& points)
    : parts_(parts), points_(points), kept_(parts.store, kCors) {}

void Cors::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  mount_get<ops::GetBucketCors>(router, parts_, kCors);
  mount_put<ops::PutBucketCors>(router, parts_, kCors, check_cors);
  mount_delete<ops::DeleteBucketCors>(router, parts_, kCors);
}

Async<io::Response> Cors::preflight(const io::Request& request, std::string path, io::Headers& headers) {
  headers.set("Vary", std::string(kCorsVary));
  CorsRequest asked{.origin = std::string(request.headers.get("Origin")),
                    .method = std::string(request.headers.get(wire::kRequestedMethod)),
                    .headers = header_names(request.headers.get(wire::kRequestedHeaders))};
  if (asked.origin.empty()) {
    co_return bad_request("Insufficient information. Origin request header needed.");
  }
  if (!is_cors_method(asked.method)) {
    co_return bad_request("Invalid Access-Control-Request-Method: " +
                          (asked.method.empty() ? "null" : asked.method));
  }
  const ResourcePath resource = split_path(path);
  const std::string_view kind = resource.key.empty() ? "BUCKET" : "OBJECT";
  TRY(const std::string bucket, co_await points_.bucket_of(resource.bucket));
  TRY(const auto found, co_await kept_.of(bucket));
  if (!found) co_return forbidden("Bucket not found", asked.method, kind);
  if (!found->setting) co_return forbidden("CORS is not enabled for this bucket.", asked.method, kind);
  const auto grant = decide_cors(found->setting->cors_rules, asked);
  if (!grant) {
    co_return forbidden(
        "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
        "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the "
        "resource's "
        "CORS spec.",
        asked.method, kind);
  }
  io::Response response;
  wire::tell(*grant, response.headers);
  co_return std::move(response);
}

Task<void> Cors::complete(const io::Request& request, std::string path, io::Response& response) {
  const std::string* origin = request.headers.find("Origin");
  if (!origin || request.method == "OPTIONS") co_return;
  const auto bucket = co_await points_.bucket_of(split_path(path).bucket);
  if (!bucket) co_return;
  const auto found = co_await kept_.of(*bucket);
  if (!found || !*found || !(*found)->setting) co_return;
  const auto grant =
      decide_cors((*found)->setting->cors_rules, {.origin = *origin, .method = request.method});
  if (grant) wire::tell(*grant, response.headers);
}

}  // namespace hearth::services::s3
