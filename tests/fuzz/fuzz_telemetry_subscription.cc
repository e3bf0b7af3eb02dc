// What an extension says of the events that it wants: any bytes. What is taken keeps to the limits.
#include <cstdlib>

#include "execution/telemetry_subscription.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hearth::execution::TelemetrySubscription;
  for (const bool logs_api : {false, true}) {
    const auto asked = TelemetrySubscription::parse({reinterpret_cast<const char*>(data), size}, logs_api);
    if (!asked) continue;
    const bool sane = asked->port != 0 && asked->port != 9001 && asked->items_max <= 10'000 &&
                      asked->bytes_max <= 1'048'576 && asked->timeout.count() >= 25 &&
                      asked->path.find_first_of("\r\n ") == std::string::npos &&
                      asked->host.find_first_of("\r\n /") == std::string::npos;
    if (!sane) std::abort();
  }
  return 0;
}
