#include "services/lambda/url_event.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/utf8.h"

namespace hearth::services::lambda {
namespace {

// Bytes as text of a document: what is not UTF-8 is read as Latin-1, like other parsers of headers do.
std::string text_of(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string text;
  for (const char c : bytes) append_utf8(static_cast<unsigned char>(c), text);
  return text;
}

// Puts `value` under `name`, behind a comma where there is one already.
void join(json::object& members, const std::string& name, const std::string& value) {
  json::value& member = members[name];
  if (member.is_null()) {
    member = value;
  } else {
    member.as_string().append("," + value);
  }
}

json::object headers_of(const UrlRequest& call) {
  const io::Request& request = call.request;
  const std::string host(request.headers.get("Host"));
  const size_t colon = host.rfind(':');
  json::object headers;
  for (const auto& [name, value] : request.headers) {
    const std::string lower = to_lower(name);
    if (lower == "cookie" || lower == "connection" || lower == "x-amzn-trace-id") continue;
    join(headers, lower, text_of(value));
  }
  headers["x-amzn-trace-id"] = call.trace_id;
  join(headers, "x-forwarded-for", request.peer.substr(0, request.peer.rfind(':')));
  headers["x-forwarded-port"] =
      colon == std::string::npos ? request.tls ? "443" : "80" : host.substr(colon + 1);
  headers["x-forwarded-proto"] = request.tls ? "https" : "http";
  return headers;
}

json::array cookies_of(const io::Request& request) {
  json::array cookies;
  for (const auto& [name, value] : request.headers) {
    if (!iequals(name, "cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view cookie = rest.substr(0, end);
      const size_t start = std::min(cookie.find_first_not_of(' '), cookie.size());
      if (start < cookie.size()) cookies.emplace_back(text_of(cookie.substr(start)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return cookies;
}

std::string query_text(std::string_view part) {
  std::string spaced(part);
  std::ranges::replace(spaced, '+', ' ');
  return text_of(percent_decode(spaced).value_or(std::string(part)));
}

json::object query_of(std::string_view query) {
  json::object parameters;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    join(parameters, query_text(pair.substr(0, equals)),
         query_text(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return parameters;
}

// 31/Jan/2026:12:34:56 +0000
std::string log_time(TimePoint time) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:02}/{}/{}:{:02}:{:02}:{:02} +0000", static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

json::object context_of(const UrlRequest& call) {
  const io::Request& request = call.request;
  const std::string host(request.headers.get("Host"));
  json::object context{{"accountId", call.caller ? call.caller->account : "anonymous"},
                       {"apiId", call.url_id}};
  if (call.caller) {
    context["authorizer"] = {{"iam",
                              {{"accessKey", call.caller->access_key_id},
                               {"accountId", call.caller->account},
                               {"callerId", call.caller->user_id},
                               {"cognitoIdentity", nullptr},
                               {"principalOrgId", nullptr},
                               {"userArn", call.caller->arn},
                               {"userId", call.caller->user_id}}}};
  }
  context["domainName"] = host.substr(0, host.rfind(':'));
  context["domainPrefix"] = call.url_id;
  context["http"] = {{"method", request.method},
                     {"path", text_of(request.raw_path())},
                     {"protocol", "HTTP/1.1"},
                     {"sourceIp", request.peer.substr(0, request.peer.rfind(':'))},
                     {"userAgent", text_of(request.headers.get("User-Agent"))}};
  context["requestId"] = call.request_id;
  context["routeKey"] = "$default";
  context["stage"] = "$default";
  context["time"] = log_time(call.received_at);
  context["timeEpoch"] = epoch_ms(call.received_at);
  return context;
}

// Forms are none: they come as base64, unlike in an HTTP API's events.
bool is_text(const UrlRequest& call) {
  const std::string type = to_lower(call.request.headers.get("Content-Type"));
  const bool named = type.starts_with("text/") || type.find("json") != std::string::npos ||
                     type.find("xml") != std::string::npos || type.find("javascript") != std::string::npos;
  return named && is_utf8(call.body);
}

}  // namespace

std::string url_event(const UrlRequest& call) {
  json::object event{{"version", "2.0"},
                     {"routeKey", "$default"},
                     {"rawPath", text_of(call.request.raw_path())},
                     {"rawQueryString", text_of(call.request.raw_query())}};
  if (auto cookies = cookies_of(call.request); !cookies.empty()) event["cookies"] = std::move(cookies);
  event["headers"] = headers_of(call);
  if (auto query = query_of(call.request.raw_query()); !query.empty()) {
    event["queryStringParameters"] = std::move(query);
  }
  event["requestContext"] = context_of(call);
  const bool encoded = !call.body.empty() && !is_text(call);
  if (!call.body.empty()) event["body"] = encoded ? base64_encode(call.body) : call.body;
  event["isBase64Encoded"] = encoded;
  return to_text(event);
}

}  // namespace hearth::services::lambda
