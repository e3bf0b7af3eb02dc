#include "services/lambda/url_response.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/whole_number.h"

namespace hearth::services::lambda {
namespace {

constexpr std::string_view kJson = "application/json";

// How a message is delimited and its connection kept is not a function's to say.
bool is_ours(std::string_view name) {
  static constexpr std::string_view kNames[] = {"connection", "content-length",    "keep-alive",
                                                "trailer",    "transfer-encoding", "upgrade"};
  return std::ranges::any_of(kNames, [&](std::string_view ours) { return iequals(ours, name); });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : to_text(value);
}

std::optional<int> status_of(const json::value& value) {
  const auto status = whole_number<int>(text_of(value));
  // Statuses below are no answers yet.
  if (!status || *status < 200 || *status > 599) return std::nullopt;
  return status;
}

// Status, headers and cookies; false when they make no answer.
bool read_head(const json::object& members, io::Response& response) {
  if (const json::value* status = members.if_contains("statusCode")) {
    const auto number = status_of(*status);
    if (!number) return false;
    response.status = *number;
  }
  const json::value* headers = members.if_contains("headers");
  if (headers && headers->is_object()) {
    for (const auto& [name, value] : headers->get_object()) {
      if (value.is_null() || is_ours(name)) continue;
      if (!is_header_name(name)) return false;
      response.headers.add(std::string(name), text_of(value));
    }
  }
  const json::value* cookies = members.if_contains("cookies");
  if (cookies && cookies->is_array()) {
    for (const json::value& cookie : cookies->get_array())
      response.headers.add("Set-Cookie", text_of(cookie));
  }
  return true;
}

io::Response refusal(int status, std::string code, std::string_view message) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(kJson)}, {"x-amzn-ErrorType", std::move(code)}},
          .body = to_text(json::object{{"Message", message}})};
}

}  // namespace

std::optional<io::Response> response_of_result(const std::string& result) {
  const auto document = parse_json(result);
  if (!document) return std::nullopt;
  io::Response response{.status = 200};
  const json::object* members = document->if_object();
  if (!members || !members->contains("statusCode")) {
    response.headers.add("Content-Type", std::string(kJson));
    response.body = text_of(*document);
    return response;
  }
  if (!read_head(*members, response)) return std::nullopt;
  if (!response.headers.has("Content-Type")) response.headers.add("Content-Type", std::string(kJson));
  const json::value* body = members->if_contains("body");
  if (!body || body->is_null()) return response;
  std::string text = text_of(*body);
  const json::value* encoded = members->if_contains("isBase64Encoded");
  if (encoded && encoded->is_bool() && encoded->get_bool()) {
    auto bytes = base64_decode(text);
    if (!bytes) return std::nullopt;
    text = *std::move(bytes);
  }
  response.body = std::move(text);
  return response;
}

std::optional<io::Response> response_of_prelude(const std::string& prelude) {
  const auto document = parse_json(prelude);
  if (!document || !document->is_object()) return std::nullopt;
  io::Response response{.status = 200};
  if (!read_head(document->get_object(), response)) return std::nullopt;
  if (!response.headers.has("Content-Type")) response.headers.add("Content-Type", "application/octet-stream");
  return response;
}

io::Response forbidden(bool signed_callers) {
  return refusal(403, "AccessDeniedException",
                 signed_callers ? "Forbidden"
                                : "Forbidden. For troubleshooting Function URL authorization issues, see: "
                                  "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html");
}

io::Response bad_gateway() {
  return {.status = 502,
          .headers = {{"Content-Type", std::string(kJson)}},
          .body = std::string("Internal Server Error")};
}

io::Response too_many_requests() {
  return refusal(429, "TooManyRequestsException", "Rate Exceeded.");
}

io::Response too_large() {
  return refusal(413, "RequestTooLargeException", "Request body is too large.");
}

}  // namespace hearth::services::lambda
