// What an extension asks of the Telemetry API (2022-07-01) or of its predecessor, the Logs API (2020-08-15):
// which events, buffered how, sent where. A pure function of the request's bytes.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::execution {

struct TelemetrySubscription {
  enum class Protocol { kHttp, kTcp };
  bool logs_api = false;
  Protocol protocol = Protocol::kHttp;
  uint16_t port = 0;       // of the sandbox's own network
  std::string host = {};   // as the extension spells it
  std::string path = "/";  // of HTTP
  bool platform = false;
  bool function = false;
  bool extension = false;
  // What its schema has since some version: the end of the runtime's part of an invoke, which the platform
  // tells, and a line that is a document as one, not as a string.
  bool runtime_done = false;
  bool documents = false;
  size_t items_max = 10'000;
  size_t bytes_max = 262'144;
  std::chrono::milliseconds timeout{1000};

  // Fails with "ValidationError" and all that is wrong.
  static Result<TelemetrySubscription> parse(std::string_view body, bool logs_api);
};

}  // namespace hearth::execution
