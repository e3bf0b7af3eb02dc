#include "services/lambda/url_cors.h"

#include <algorithm>

#include "base/encoding.h"
#include "wire/cors.h"

namespace hearth::services::lambda {
namespace {

bool lists(const std::vector<std::string>& items, std::string_view wanted) {
  return std::ranges::any_of(items,
                             [&](const std::string& item) { return item == "*" || iequals(item, wanted); });
}

// Nothing for an origin that is not let in.
std::optional<wire::CorsGrant> grant_to(const CorsRecord& cors, std::string_view origin) {
  if (origin.empty() || !lists(cors.allow_origins, origin)) return std::nullopt;
  const bool credentials = cors.allow_credentials.value_or(false);
  // To requests with credentials browsers accept no "*".
  const bool any = std::ranges::find(cors.allow_origins, "*") != cors.allow_origins.end() && !credentials;
  return wire::CorsGrant{
      .origin = any ? "*" : std::string(origin), .credentials = credentials, .vary = any ? "" : "Origin"};
}

}  // namespace

bool is_preflight(const io::Request& request) {
  return request.method == "OPTIONS" && request.headers.has("Origin") &&
         request.headers.has(wire::kRequestedMethod);
}

io::Response answer_preflight(const CorsRecord& cors, const io::Request& request) {
  io::Response response{.status = 200, .headers = {{"Content-Type", "application/json"}}};
  if (!lists(cors.allow_methods, request.headers.get(wire::kRequestedMethod))) return response;
  auto grant = grant_to(cors, request.headers.get("Origin"));
  if (!grant) return response;
  grant->methods = wire::joined(cors.allow_methods, ",");
  grant->headers = wire::joined(cors.allow_headers, ",");
  grant->max_age_seconds = cors.max_age_seconds;
  wire::tell(*grant, response.headers);
  return response;
}

void add_cors(const CorsRecord& cors, std::string_view origin, io::Headers& headers) {
  for (const char* name :
       {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age"}) {
    headers.remove(name);
  }
  auto grant = grant_to(cors, origin);
  if (!grant) return;
  grant->exposed = wire::joined(cors.expose_headers, ",");
  wire::tell(*grant, headers);
}

}  // namespace hearth::services::lambda
