// The log of one environment: its stream in the function's log group, the platform's own lines (INIT_START,
// START, END, REPORT, in the text or the JSON form the function asked for) and the tail that a caller may
// want. All of it is told to extensions that want telemetry, too.
//
// Threads: the environment's loop.
#pragma once
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "execution/function_config.h"
#include "execution/line_of.h"
#include "execution/sinks.h"
#include "execution/telemetry_event.h"

namespace hearth::execution {

// How an invoke or an init ended, for its last line.
struct Ending {
  enum class Status { kSuccess, kError, kTimeout };
  Status status = Status::kSuccess;
  std::string error_type;  // with kError
};

// Of an extension, at the end of an init.
struct ExtensionReport {
  std::string_view name;
  std::string_view state;
  std::vector<std::string_view> events;
  std::string_view error_type;  // empty: it is well
};

// Of an invoke, when the runtime is done with it. Extensions may not be.
struct RuntimeDone {
  std::string_view request_id;
  TimePoint began;
  double latency_ms = 0;   // to the response
  double duration_ms = 0;  // to the request for the next event
  uint64_t produced_bytes = 0;
};

class Telemetry;

class EnvironmentLog {
 public:
  static constexpr size_t kTailBytes = 4096;

  // `stream_id` is 32 hex digits, this environment's own.
  EnvironmentLog(const FunctionConfig& config, LogSink& sink, const Clock& clock, std::string_view stream_id);

  const std::string& stream_name() const { return stream_name_; }
  // From here on all is told there, too; until the log's last line.
  void tell(Telemetry& telemetry) { telemetry_ = &telemetry; }

  // An image has no runtime version, and no line of text; nor has an init within an invoke.
  void init_start(std::string_view runtime_version, std::string_view runtime_version_arn, bool in_invoke,
                  std::string_view initialization_type);
  // The same of an environment that begins with a snapshot.
  void restore_start(std::string_view runtime_version, std::string_view runtime_version_arn);
  void restore_report(double restore_ms, const Ending& ending);
  void init_runtime_done(bool in_invoke, std::string_view initialization_type, const Ending& ending);
  // As text only of an init that failed, as the service does for environments made on demand.
  void init_report(double init_ms, bool in_invoke, std::string_view initialization_type,
                   const Ending& ending);
  void start(const std::string& request_id, const Trace& trace);
  void runtime_done(const RuntimeDone& done, const Ending& ending, const Trace& trace);
  void end_and_report(const Usage& usage, const Ending& ending, const Trace& trace);
  void extension(const ExtensionReport& report);
  void subscribed(const std::string& extension, const TelemetrySubscription& asked);
  // What the platform says of an invoke that failed: an event of the Logs API alone, as the Telemetry API's
  // have it in their status.
  void fault(std::string text);
  // What the function or an extension wrote.
  void line(LineOf writer, std::string text);

  // Keeps the log's end from here on; take_tail() gives it and stops.
  using Tail = std::list<std::string>::iterator;
  Tail begin_tail() { return tails_.emplace(tails_.end()); }
  std::string take_tail(Tail tail);

 private:
  void write(std::string text);
  void begin_text(std::string_view what, std::string_view runtime_version,
                  std::string_view runtime_version_arn);
  void add_function(json::object& record, std::string_view runtime_version,
                    std::string_view runtime_version_arn) const;
  void write_report(const Usage& usage, const Ending& ending, const Trace& trace);
  void platform_event(LogLevel level, TelemetryEvent kind, const json::object& record);
  void tell_line(LineOf writer, const std::string& text);
  bool json() const { return config_.logs.format == LogFormat::kJson; }
  // Whether extensions take events.
  bool told() const;
  // Whether the platform's events are of use as records.
  bool records() const;

  const FunctionConfig& config_;
  const Clock& clock_;
  std::string stream_name_;
  std::unique_ptr<LogWriter> writer_;
  Telemetry* telemetry_ = nullptr;
  std::list<std::string> tails_;
};

}  // namespace hearth::execution
