#include "execution/telemetry_subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/json.h"

namespace hearth::execution {
namespace {

constexpr uint16_t kReservedPort = 9001;  // the Runtime API's
constexpr std::array<std::string_view, 3> kTelemetrySchemas = {"2022-07-01", "2022-12-13", "2025-01-29"};
constexpr std::array<std::string_view, 2> kLogsSchemas = {"2020-08-15", "2021-03-18"};
constexpr std::string_view kRuntimeDoneSince = "2021-03-18";
constexpr std::string_view kDocumentsSince = "2022-12-13";
constexpr std::array<std::string_view, 2> kHosts = {"sandbox.localdomain", "sandbox"};

class Parser {
 public:
  Parser(const json::object& request, bool logs_api) : request_(request) { asked_.logs_api = logs_api; }

  Result<TelemetrySubscription> parse() {
    read_schema();
    read_types();
    read_destination();
    read_buffering();
    if (wrong_.empty()) return asked_;
    return fail("ValidationError", fmt::format("{}", fmt::join(wrong_, "; ")));
  }

 private:
  void wrong(std::string what) { wrong_.push_back(std::move(what)); }

  void read_schema() {
    const auto* version = request_.if_contains("schemaVersion");
    std::string_view named = version && version->is_string() ? std::string_view(version->as_string()) : "";
    if (!version && asked_.logs_api) named = kLogsSchemas.front();
    const bool known = asked_.logs_api
                           ? std::ranges::find(kLogsSchemas, named) != kLogsSchemas.end()
                           : std::ranges::find(kTelemetrySchemas, named) != kTelemetrySchemas.end();
    if (!known) return wrong("schemaVersion is not valid");
    // They are dates, which sort as they follow each other.
    asked_.runtime_done = named >= kRuntimeDoneSince;
    asked_.documents = named >= kDocumentsSince;
  }

  void read_types() {
    const auto* types = request_.if_contains("types");
    if (!types || !types->is_array() || types->as_array().empty()) return wrong("types should not be empty");
    for (const json::value& type : types->as_array()) {
      const std::string_view name = type.is_string() ? std::string_view(type.as_string()) : "";
      if (name == "platform") {
        asked_.platform = true;
      } else if (name == "function") {
        asked_.function = true;
      } else if (name == "extension") {
        asked_.extension = true;
      } else {
        wrong("types are not valid");
      }
    }
    asked_.runtime_done &= asked_.platform;
  }

  void read_destination() {
    const auto* destination = request_.if_contains("destination");
    if (!destination || !destination->is_object()) return wrong("destination is not provided");
    const json::object& where = destination->as_object();
    const auto* protocol = where.if_contains("protocol");
    const std::string_view name =
        protocol && protocol->is_string() ? std::string_view(protocol->as_string()) : "";
    if (name != "HTTP" && name != "TCP") return wrong("protocol is not valid");
    asked_.protocol =
        name == "HTTP" ? TelemetrySubscription::Protocol::kHttp : TelemetrySubscription::Protocol::kTcp;
    const auto* uri = where.if_contains("URI");
    const auto* port = where.if_contains("port");
    if (uri && uri->is_string()) {
      read_uri(std::string_view(uri->as_string()), name == "HTTP" ? "http://" : "tcp://");
    } else if (name == "TCP" && port && port->is_int64()) {
      take_port(port->as_int64());
    } else {
      wrong(name == "TCP" ? "port is not provided" : "URI is not provided");
    }
  }

  void read_uri(std::string_view uri, std::string_view scheme) {
    if (!uri.starts_with(scheme)) return wrong("URI scheme is not valid");
    uri.remove_prefix(scheme.size());
    const std::string_view authority = uri.substr(0, uri.find_first_of("/?#"));
    const size_t colon = authority.find(':');
    if (std::ranges::find(kHosts, authority.substr(0, colon)) == kHosts.end())
      return wrong("URI host is not sandbox.localdomain");
    if (colon == std::string_view::npos) return wrong("URI port is not provided");
    const std::string_view digits = authority.substr(colon + 1);
    int64_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size()) return wrong("URI port is not valid");
    take_port(port);
    const std::string_view path = uri.substr(authority.size());
    const bool plain = std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!plain) return wrong("URI path is not valid");
    asked_.host = authority;
    if (path.starts_with('/')) asked_.path = path.substr(0, path.find('#'));
  }

  void take_port(int64_t port) {
    if (port == kReservedPort) return wrong(fmt::format("port {} is reserved", port));
    if (port < 1 || port > 65535) return wrong("port is not valid");
    asked_.port = static_cast<uint16_t>(port);
  }

  void read_buffering() {
    const auto* buffering = request_.if_contains("buffering");
    if (!buffering || buffering->is_null()) return;
    if (!buffering->is_object()) return wrong("buffering is not valid");
    const json::object& limits = buffering->as_object();
    int64_t timeout_ms = asked_.timeout.count();
    asked_.items_max = number(limits, "maxItems", asked_.items_max, 1000, 10'000);
    asked_.bytes_max = number(limits, "maxBytes", asked_.bytes_max, 262'144, 1'048'576);
    timeout_ms =
        static_cast<int64_t>(number(limits, "timeoutMs", static_cast<size_t>(timeout_ms), 25, 30'000));
    asked_.timeout = std::chrono::milliseconds(timeout_ms);
  }

  size_t number(const json::object& limits, std::string_view name, size_t usual, int64_t low, int64_t high) {
    const auto* value = limits.if_contains(name);
    if (!value || value->is_null()) return usual;
    if (value->is_int64() && value->as_int64() >= low && value->as_int64() <= high)
      return static_cast<size_t>(value->as_int64());
    wrong(fmt::format("{} should be between {} and {}", name, low, high));
    return usual;
  }

  const json::object& request_;
  TelemetrySubscription asked_;
  std::vector<std::string> wrong_;
};

}  // namespace

Result<TelemetrySubscription> TelemetrySubscription::parse(std::string_view body, bool logs_api) {
  const auto document = parse_json(body);
  if (!document || !document->is_object()) return fail("ValidationError", "the request is no JSON object");
  return Parser(document->as_object(), logs_api).parse();
}

}  // namespace hearth::execution
