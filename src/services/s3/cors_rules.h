// The rules by which a bucket shares itself with pages of other origins. Pure.
#pragma once
#include "api/s3.h"
#include "wire/cors.h"

namespace hearth::services::s3 {

// What answers depend on, so that no cache gives them to others.
inline constexpr std::string_view kCorsVary =
    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

using CorsRules = std::vector<api::s3::CORSRule>;

// Whether rules may speak of it.
bool is_cors_method(std::string_view method);
Status check_cors_rules(const CorsRules& rules);

// What a page asks for. Headers are of preflights only: those that it means to send.
struct CorsRequest {
  std::string origin;
  std::string method;
  std::vector<std::string> headers = {};
};
// By the first rule that lets all of it in; nothing when none does.
std::optional<wire::CorsGrant> decide_cors(const CorsRules& rules, const CorsRequest& request);

// Names of headers in a list with commas, in lower case.
std::vector<std::string> header_names(std::string_view list);

}  // namespace hearth::services::s3
