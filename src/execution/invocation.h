// One invoke: what goes into an environment and what comes back.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "execution/response_stream.h"
#include "execution/trace.h"

namespace hearth::execution {

struct Invocation {
  std::string request_id;
  std::string payload;
  std::string function_arn;    // as the caller qualified it
  std::string client_context;  // JSON text, empty when none
  std::string cognito_identity;
  std::string tenant;  // of a function whose tenants have environments of their own; else empty
  Trace trace;         // the caller's, and from the pool on the function's own
  bool wants_log_tail = false;
  bool queued = false;  // an event from a queue, not a caller who waits
  // Where a response that the function streams goes as it arrives. Without one it is gathered, like those of
  // functions that do not stream, into the outcome's payload.
  std::optional<ResponseStream> stream = {};
};

// What was used, for REPORT, metrics and the ledger (one record an invoke).
struct Usage {
  std::string account;
  std::string region;
  std::string function;
  std::string version;
  std::string request_id;
  TimePoint started;
  double duration_ms = 0;
  // Of the environment's first invoke, how it began.
  std::optional<double> init_ms;
  std::optional<double> restore_ms;
  int64_t billed_ms = 0;
  uint32_t memory_mib = 0;
  uint32_t memory_peak_mib = 0;
};

struct Outcome {
  std::string payload;
  std::string content_type;  // of the payload, as the runtime said
  // The payload describes an error of the function, its runtime or a limit it ran into.
  bool function_error = false;
  std::string error_type;
  std::string executed_version;
  std::string trace;     // header of the trace that it was part of
  std::string log_tail;  // the invoke's last 4 KiB of log, when wanted
  // The platform failed, before the function ran or while it did. `payload` is empty then and this says why.
  std::optional<std::string> platform_error;
  // Nothing ran, as the function could not be restored from its snapshot: its hooks took too long, or failed.
  enum class Restore { kWell, kLate, kFailed };
  Restore restore = Restore::kWell;
};

}  // namespace hearth::execution
