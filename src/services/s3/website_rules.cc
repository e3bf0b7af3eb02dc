#include "services/s3/website_rules.h"

#include "base/encoding.h"
#include "base/whole_number.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

constexpr int kSuccessMax = 299, kMultipleChoices = 300, kRedirectMax = 399, kErrorMin = 400, kErrorMax = 599;

int number_of(const std::string& text) {
  return whole_number<int>(text).value_or(0);
}

Status check_codes(const api::s3::RoutingRule& rule) {
  if (rule.condition && rule.condition->http_error_code_returned_equals) {
    const std::string& code = *rule.condition->http_error_code_returned_equals;
    const int number = number_of(code);
    if (number < kErrorMin || number > kErrorMax) {
      return fail(errors::invalid_request("The provided HTTP error code (" + code +
                                          ") is not valid. Valid codes are 4XX or 5XX."));
    }
  }
  if (rule.redirect.http_redirect_code) {
    const std::string& code = *rule.redirect.http_redirect_code;
    const int number = number_of(code);
    if (number <= kSuccessMax || number == kMultipleChoices || number > kRedirectMax) {
      return fail(errors::invalid_request("The provided HTTP redirect code (" + code +
                                          ") is not valid. Valid codes are 3XX except 300."));
    }
  }
  return {};
}

Status check_rule(const api::s3::RoutingRule& rule) {
  const auto& redirect = rule.redirect;
  if (rule.condition && !rule.condition->key_prefix_equals &&
      !rule.condition->http_error_code_returned_equals) {
    return fail(errors::invalid_request(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element "
        "shouldn't be present."));
  }
  if (!redirect.host_name && !redirect.protocol && !redirect.http_redirect_code &&
      !redirect.replace_key_prefix_with && !redirect.replace_key_with) {
    return fail(errors::malformed_xml());
  }
  if (redirect.replace_key_with && redirect.replace_key_prefix_with) {
    return fail(errors::invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both."));
  }
  return check_codes(rule);
}

Status check_rules(const std::vector<api::s3::RoutingRule>& rules) {
  if (rules.size() > limits::kRoutingRulesMax) {
    return fail(errors::invalid_request(
        std::to_string(rules.size()) +
        " routing rules provided, the number of routing rules in a website configuration is limited to " +
        std::to_string(limits::kRoutingRulesMax) + "."));
  }
  for (const auto& rule : rules) TRY_SYNC_VOID(check_rule(rule));
  return {};
}

bool applies(const api::s3::RoutingRule& rule, const std::string& key, int status) {
  const bool after = rule.condition && rule.condition->http_error_code_returned_equals;
  if (after != (status != 0)) return false;
  if (after && number_of(*rule.condition->http_error_code_returned_equals) != status) return false;
  return !rule.condition || key.starts_with(rule.condition->key_prefix_equals.value_or(""));
}

}  // namespace

Status check_website(const WebsiteConfiguration& website) {
  if (website.redirect_all_requests_to) {
    if (!website.index_document && !website.error_document && !website.routing_rules) return {};
    return fail(errors::invalid_argument(
        "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
        "RedirectAllRequestsTo", "not null"));
  }
  if (!website.index_document) {
    return fail(errors::invalid_argument(
        "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
        "IndexDocument", "null"));
  }
  const std::string& suffix = website.index_document->suffix;
  if (suffix.empty() || suffix.find('/') != std::string::npos) {
    return fail(
        errors::invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix));
  }
  if (website.error_document && website.error_document->key.empty()) {
    return fail(errors::invalid_argument("The ErrorDocument Key is not well formed", "ErrorDocument", ""));
  }
  return check_rules(website.routing_rules.value_or(std::vector<api::s3::RoutingRule>()));
}

Status check_redirect_location(const std::string& location) {
  if (location.empty()) return {};
  std::string_view reason;
  if (location.size() > limits::kRedirectLocationMax) {
    reason = "The length of website redirect location cannot exceed 2,048 characters.";
  } else if (!location.starts_with("/") && !location.starts_with("http://") &&
             !location.starts_with("https://")) {
    reason = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.";
  }
  if (reason.empty()) return {};
  return fail(Error{.code = "InvalidRedirectLocation", .message = std::string(reason), .status = kErrorMin});
}

std::optional<WebsiteRedirect> redirect_of_all(const WebsiteConfiguration& website, const std::string& key) {
  const auto& all = website.redirect_all_requests_to;
  if (!all) return std::nullopt;
  return WebsiteRedirect{.protocol = all->protocol, .host = all->host_name, .key = key};
}

std::optional<WebsiteRedirect> redirect_of_rules(const WebsiteConfiguration& website, const std::string& key,
                                                 int status) {
  if (!website.routing_rules) return std::nullopt;
  for (const auto& rule : *website.routing_rules) {
    if (!applies(rule, key, status)) continue;
    const auto& to = rule.redirect;
    WebsiteRedirect redirect{.protocol = to.protocol, .host = to.host_name, .key = key};
    if (to.http_redirect_code) redirect.status = number_of(*to.http_redirect_code);
    if (to.replace_key_with) redirect.key = *to.replace_key_with;
    if (to.replace_key_prefix_with) {
      const size_t prefix = rule.condition ? rule.condition->key_prefix_equals.value_or("").size() : 0;
      redirect.key = *to.replace_key_prefix_with + key.substr(prefix);
    }
    return redirect;
  }
  return std::nullopt;
}

std::string location_of(const WebsiteRedirect& redirect, std::string_view protocol, std::string_view host) {
  std::string text = redirect.protocol.value_or(std::string(protocol)) + "://" +
                     redirect.host.value_or(std::string(host)) + "/";
  const std::string_view key = redirect.key;
  return text + percent_encode(key.starts_with('/') ? key.substr(1) : key, "/");
}

std::string index_key(const WebsiteConfiguration& website, const std::string& key) {
  if (!website.index_document || !(key.empty() || key.ends_with('/'))) return key;
  return key + website.index_document->suffix;
}

}  // namespace hearth::services::s3
