#include "services/s3/cors_rules.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

constexpr std::array<std::string_view, 5> kMethods = {"GET", "PUT", "HEAD", "POST", "DELETE"};

// `pattern` has one '*' at most, which stands for any text.
bool fits(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return text.size() >= before.size() + after.size() && text.starts_with(before) && text.ends_with(after);
}

Status check_one_wildcard(std::string_view kind, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (std::ranges::count(pattern, '*') <= 1) continue;
    return fail(errors::invalid_request(std::string(kind) + " \"" + pattern +
                                        "\" can not have more than one wildcard."));
  }
  return {};
}

Status check_rule(const api::s3::CORSRule& rule) {
  const std::vector<std::string> none;
  if (rule.allowed_methods.empty() || rule.allowed_origins.empty()) return fail(errors::malformed_xml());
  if (rule.id && utf8_length(*rule.id) > limits::kCorsIdMax) return fail(errors::malformed_xml());
  for (const std::string& method : rule.allowed_methods) {
    if (is_cors_method(method)) continue;
    return fail(errors::invalid_request(
        "Found unsupported HTTP method in CORS config. Unsupported method is " + method));
  }
  TRY_SYNC_VOID(check_one_wildcard("AllowedOrigin", rule.allowed_origins));
  TRY_SYNC_VOID(check_one_wildcard("AllowedHeader", rule.allowed_headers.value_or(none)));
  for (const std::string& header : rule.expose_headers.value_or(none)) {
    if (header.find('*') == std::string::npos) continue;
    return fail(errors::invalid_request("ExposeHeader \"" + header +
                                        "\" contains wildcard. We currently do not support wildcard for "
                                        "ExposeHeader."));
  }
  return {};
}

bool allows_headers(const api::s3::CORSRule& rule, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&rule](const std::string& header) {
    return rule.allowed_headers &&
           std::ranges::any_of(*rule.allowed_headers,
                               [&](const std::string& pattern) { return fits(to_lower(pattern), header); });
  });
}

}  // namespace

bool is_cors_method(std::string_view method) {
  return std::ranges::find(kMethods, method) != kMethods.end();
}

Status check_cors_rules(const CorsRules& rules) {
  if (rules.empty()) return fail(errors::malformed_xml());
  if (rules.size() > limits::kCorsRulesMax) {
    return fail(errors::invalid_request("The number of CORS rules should not exceed allowed limit of " +
                                        std::to_string(limits::kCorsRulesMax) + " rules."));
  }
  for (const auto& rule : rules) TRY_SYNC_VOID(check_rule(rule));
  return {};
}

std::optional<wire::CorsGrant> decide_cors(const CorsRules& rules, const CorsRequest& request) {
  for (const auto& rule : rules) {
    const auto origin = std::ranges::find_if(
        rule.allowed_origins, [&](const std::string& pattern) { return fits(pattern, request.origin); });
    if (origin == rule.allowed_origins.end() ||
        std::ranges::find(rule.allowed_methods, request.method) == rule.allowed_methods.end() ||
        !allows_headers(rule, request.headers)) {
      continue;
    }
    const bool anyone = *origin == "*";
    return wire::CorsGrant{
        .origin = anyone ? "*" : request.origin,
        .credentials = !anyone,
        .methods = wire::joined(rule.allowed_methods, ", "),
        .headers = wire::joined(request.headers, ", "),
        .exposed = wire::joined(rule.expose_headers.value_or(std::vector<std::string>()), ", "),
        .max_age_seconds = rule.max_age_seconds,
        .vary = std::string(kCorsVary)};
  }
  return std::nullopt;
}

std::vector<std::string> header_names(std::string_view list) {
  std::vector<std::string> names;
  for (const std::string_view part : split(list, ',')) {
    const std::string_view one = trimmed(part);
    if (!one.empty()) names.push_back(to_lower(one));
  }
  return names;
}

}  // namespace hearth::services::s3
