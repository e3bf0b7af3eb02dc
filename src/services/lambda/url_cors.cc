#include "services/lambda/url_cors.h"

#include <algorithm>

#include "base/encoding.h"

namespace hearth::services::lambda {
namespace {

constexpr std::string_view kRequestedMethod = "Access-Control-Request-Method";

bool lists(const std::vector<std::string>& items, std::string_view wanted) {
  return std::ranges::any_of(items,
                             [&](const std::string& item) { return item == "*" || iequals(item, wanted); });
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

void set_unless_empty(io::Headers& headers, const char* name, std::string value) {
  if (!value.empty()) headers.set(name, std::move(value));
}

// Of this origin; false when it is not let in.
bool add_origin(const CorsRecord& cors, std::string_view origin, io::Headers& headers) {
  if (origin.empty() || !lists(cors.allow_origins, origin)) return false;
  const bool credentials = cors.allow_credentials.value_or(false);
  // To requests with credentials browsers accept no "*".
  const bool any = std::ranges::find(cors.allow_origins, "*") != cors.allow_origins.end();
  headers.set("Access-Control-Allow-Origin", any && !credentials ? "*" : std::string(origin));
  if (!any || credentials) headers.add("Vary", "Origin");
  if (credentials) headers.set("Access-Control-Allow-Credentials", "true");
  return true;
}

}  // namespace

bool is_preflight(const io::Request& request) {
  return request.method == "OPTIONS" && request.headers.has("Origin") &&
         request.headers.has(kRequestedMethod);
}

io::Response answer_preflight(const CorsRecord& cors, const io::Request& request) {
  io::Response response{.status = 200, .headers = {{"Content-Type", "application/json"}}};
  if (!lists(cors.allow_methods, request.headers.get(kRequestedMethod))) return response;
  if (!add_origin(cors, request.headers.get("Origin"), response.headers)) return response;
  set_unless_empty(response.headers, "Access-Control-Allow-Methods", joined(cors.allow_methods));
  set_unless_empty(response.headers, "Access-Control-Allow-Headers", joined(cors.allow_headers));
  if (cors.max_age_seconds) {
    response.headers.set("Access-Control-Max-Age", std::to_string(*cors.max_age_seconds));
  }
  return response;
}

void add_cors(const CorsRecord& cors, std::string_view origin, io::Headers& headers) {
  for (const char* name :
       {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age"}) {
    headers.remove(name);
  }
  if (!add_origin(cors, origin, headers)) return;
  set_unless_empty(headers, "Access-Control-Expose-Headers", joined(cors.expose_headers));
}

}  // namespace hearth::services::lambda
