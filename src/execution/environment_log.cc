#include "execution/environment_log.h"

#include <fmt/format.h>

#include <cmath>

#include "base/ascii.h"
#include "base/json.h"
#include "execution/telemetry.h"

namespace hearth::execution {
namespace {

std::string_view status_name(Ending::Status status) {
  switch (status) {
    case Ending::Status::kSuccess:
      return "success";
    case Ending::Status::kError:
      return "error";
    case Ending::Status::kTimeout:
      return "timeout";
  }
  return "";
}

std::string_view phase_name(bool in_invoke) {
  return in_invoke ? "invoke" : "init";
}

std::string stream_name(const FunctionConfig& config, TimePoint now, std::string_view id) {
  return fmt::format("{}/{}[{}]{}", date_slashes(now), config.logs.shared_group ? config.name : "",
                     config.version, id);
}

// Whether the text begins with a character for each of the form's, 0 for any digit; and takes that off.
bool take(std::string_view& text, std::string_view form) {
  if (text.size() < form.size()) return false;
  for (size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '0' ? !is_digit(text[i]) : text[i] != form[i]) return false;
  }
  text.remove_prefix(form.size());
  return true;
}

// "2026-01-31T12:00:00Z", with fractions of a second or another zone ("+01:00").
bool is_timestamp(const json::value& value) {
  if (!value.is_string()) return false;
  std::string_view text = value.as_string();
  if (!take(text, "0000-00-00T00:00:00")) return false;
  if (take(text, ".0")) text.remove_prefix(std::min(text.size(), text.find_first_not_of("0123456789")));
  return text == "Z" || ((take(text, "+00:00") || take(text, "-00:00")) && text.empty());
}

// The level that a line of the function's states of itself; INFO when it states none, or not when it was
// written. Python's own reports of errors call it by another name.
LogLevel stated_level(const std::string& line) {
  if (!line.starts_with('{')) return LogLevel::kInfo;
  const auto document = parse_json(line);
  if (!document || !document->is_object()) return LogLevel::kInfo;
  const json::object& stated = document->as_object();
  const auto* timestamp = stated.if_contains("timestamp");
  if (!timestamp || !is_timestamp(*timestamp)) return LogLevel::kInfo;
  const auto* level = stated.if_contains("level");
  if (!level) level = stated.if_contains("log_level");
  return level && level->is_string()
             ? log_level_of(std::string_view(level->as_string())).value_or(LogLevel::kInfo)
             : LogLevel::kInfo;
}

double rounded(double ms) {
  return static_cast<double>(static_cast<int64_t>(ms * 1000 + 0.5)) / 1000;
}

int64_t whole(double ms) {
  return static_cast<int64_t>(std::ceil(ms));
}

void add_ending(json::object& record, const Ending& ending) {
  record["status"] = status_name(ending.status);
  if (ending.status == Ending::Status::kError && !ending.error_type.empty())
    record["errorType"] = ending.error_type;
}

void add_tracing(json::object& record, const Trace& trace) {
  if (!trace.recorded) return;
  record["tracing"] =
      json::object{{"spanId", trace.parent}, {"type", "X-Amzn-Trace-Id"}, {"value", trace.header()}};
}

json::object span(std::string_view name, std::string start, double ms) {
  return {{"name", name}, {"start", std::move(start)}, {"durationMs", rounded(ms)}};
}

std::string ending_text(const Ending& ending) {
  if (ending.status == Ending::Status::kTimeout) return "Status: timeout";
  return fmt::format("Status: error\tError Type: {}", ending.error_type);
}

}  // namespace

EnvironmentLog::EnvironmentLog(const FunctionConfig& config, LogSink& sink, const Clock& clock,
                               std::string_view stream_id)
    : config_(config),
      clock_(clock),
      stream_name_(execution::stream_name(config, clock.now(), stream_id)),
      writer_(sink.open({.account = config.account,
                         .region = config.region,
                         .group = config.logs.group,
                         .name = stream_name_,
                         .function = config.name,
                         .function_arn = config.arn,
                         .role_arn = config.role_arn})) {}

void EnvironmentLog::write(std::string text) {
  for (std::string& tail : tails_) {
    tail.append(text).push_back('\n');
    if (tail.size() > 4 * kTailBytes) tail.erase(0, tail.size() - kTailBytes);
  }
  writer_->write(clock_.now(), std::move(text));
}

std::string EnvironmentLog::take_tail(Tail tail) {
  std::string text = std::move(*tail);
  tails_.erase(tail);
  if (text.size() > kTailBytes) text.erase(0, text.size() - kTailBytes);
  return text;
}

bool EnvironmentLog::told() const {
  return telemetry_ && telemetry_->wanted();
}

bool EnvironmentLog::records() const {
  return json() || told();
}

void EnvironmentLog::platform_event(LogLevel level, TelemetryEvent kind, const json::object& record) {
  const bool logged = json() && level >= config_.logs.system_level;
  if (!logged && !told()) return;
  const std::string text = to_text(record);
  if (told()) telemetry_->publish(kind, text);
  if (!logged) return;
  write(fmt::format(R"({{"time":"{}","type":"{}","record":{}}})", iso8601_ms(clock_.now()), name_of(kind),
                    text));
}

void EnvironmentLog::extension(const ExtensionReport& report) {
  const bool good = report.error_type.empty();
  if (!json()) {
    std::string text = fmt::format("EXTENSION\tName: {}\tState: {}\tEvents: [{}]", report.name, report.state,
                                   fmt::join(report.events, ","));
    if (!good) text += fmt::format("\tError Type: {}", report.error_type);
    write(std::move(text));
  }
  if (!records()) return;
  json::object record{
      {"name", report.name}, {"state", report.state}, {"events", json::value_from(report.events)}};
  if (!good) record["errorType"] = report.error_type;
  platform_event(good ? LogLevel::kInfo : LogLevel::kWarn, TelemetryEvent::kExtensionState, record);
}

void EnvironmentLog::subscribed(const std::string& extension, const TelemetrySubscription& asked) {
  json::array types;
  std::string names;
  const auto add = [&](bool wanted, std::string_view type, std::string_view name) {
    if (!wanted) return;
    types.emplace_back(type);
    if (!names.empty()) names += ',';
    names += name;
  };
  add(asked.platform, "platform", "Platform");
  add(asked.function, "function", "Function");
  add(asked.extension, "extension", "Extension");
  if (!json()) {
    write(fmt::format("{}\tName: {}\tState: Subscribed\tTypes: [{}]", asked.logs_api ? "LOGS" : "TELEMETRY",
                      extension, names));
  }
  platform_event(LogLevel::kInfo,
                 asked.logs_api ? TelemetryEvent::kLogsSubscription : TelemetryEvent::kTelemetrySubscription,
                 {{"name", extension}, {"state", "Subscribed"}, {"types", std::move(types)}});
}

// A line that is a document stays one where the function's log has documents.
void EnvironmentLog::tell_line(LineOf writer, const std::string& text) {
  const bool document = json() && text.starts_with('{') && check_json(text);
  telemetry_->publish(writer == LineOf::kExtension ? TelemetryEvent::kExtension : TelemetryEvent::kFunction,
                      document ? text : to_text(json::value(text)));
}

void EnvironmentLog::fault(std::string text) {
  if (told()) telemetry_->publish(TelemetryEvent::kFault, to_text(json::value(text)));
  write(std::move(text));
}

// The level is for what the function says; an extension is not told of it.
void EnvironmentLog::line(LineOf writer, std::string text) {
  if (json() && writer == LineOf::kFunction && config_.logs.application_level > LogLevel::kTrace &&
      stated_level(text) < config_.logs.application_level) {
    return;
  }
  if (told()) tell_line(writer, text);
  write(std::move(text));
}

void EnvironmentLog::init_start(std::string_view runtime_version, std::string_view runtime_version_arn,
                                bool in_invoke, std::string_view initialization_type) {
  const bool versioned = !runtime_version.empty();
  if (!json() && versioned && !in_invoke) begin_text("INIT_START", runtime_version, runtime_version_arn);
  if (!records()) return;
  json::object record{{"initializationType", initialization_type}, {"phase", phase_name(in_invoke)}};
  add_function(record, runtime_version, runtime_version_arn);
  platform_event(versioned ? LogLevel::kInfo : LogLevel::kDebug, TelemetryEvent::kInitStart, record);
}

void EnvironmentLog::restore_start(std::string_view runtime_version, std::string_view runtime_version_arn) {
  if (!json()) begin_text("RESTORE_START", runtime_version, runtime_version_arn);
  if (!records()) return;
  json::object record;
  add_function(record, runtime_version, runtime_version_arn);
  platform_event(LogLevel::kInfo, TelemetryEvent::kRestoreStart, record);
}

void EnvironmentLog::begin_text(std::string_view what, std::string_view runtime_version,
                                std::string_view runtime_version_arn) {
  write(fmt::format("{} Runtime Version: {}\tRuntime Version ARN: {}", what, runtime_version,
                    runtime_version_arn));
}

void EnvironmentLog::add_function(json::object& record, std::string_view runtime_version,
                                  std::string_view runtime_version_arn) const {
  if (!runtime_version.empty()) {
    record["runtimeVersion"] = runtime_version;
    record["runtimeVersionArn"] = runtime_version_arn;
  }
  record["functionName"] = config_.name;
  record["functionVersion"] = config_.version;
  record["instanceId"] = stream_name_;
  record["instanceMaxMemory"] = uint64_t{config_.memory_mib} << 20;
}

void EnvironmentLog::restore_report(double restore_ms, const Ending& ending) {
  const bool good = ending.status == Ending::Status::kSuccess;
  if (!json()) {
    std::string report = fmt::format("RESTORE_REPORT Restore Duration: {:.2f} ms", restore_ms);
    if (!good) report += "\t" + ending_text(ending);
    write(std::move(report));
  }
  if (!records()) return;
  json::object done;
  add_ending(done, ending);
  platform_event(good ? LogLevel::kDebug : LogLevel::kWarn, TelemetryEvent::kRestoreRuntimeDone, done);
  done["metrics"] = json::object{{"durationMs", rounded(restore_ms)}};
  platform_event(good ? LogLevel::kInfo : LogLevel::kWarn, TelemetryEvent::kRestoreReport, done);
}

void EnvironmentLog::init_runtime_done(bool in_invoke, std::string_view initialization_type,
                                       const Ending& ending) {
  if (!records()) return;
  json::object record{{"initializationType", initialization_type}, {"phase", phase_name(in_invoke)}};
  add_ending(record, ending);
  const bool good = ending.status == Ending::Status::kSuccess;
  platform_event(good ? LogLevel::kDebug : LogLevel::kWarn, TelemetryEvent::kInitRuntimeDone, record);
}

void EnvironmentLog::init_report(double init_ms, bool in_invoke, std::string_view initialization_type,
                                 const Ending& ending) {
  const bool good = ending.status == Ending::Status::kSuccess;
  if (!json() && !good) {
    write(fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: {}\t{}", init_ms, phase_name(in_invoke),
                      ending_text(ending)));
  }
  if (!records()) return;
  json::object record{{"initializationType", initialization_type}, {"phase", phase_name(in_invoke)}};
  add_ending(record, ending);
  record["metrics"] = json::object{{"durationMs", rounded(init_ms)}};
  const LogLevel usual = initialization_type == "on-demand" ? LogLevel::kDebug : LogLevel::kInfo;
  platform_event(good ? usual : LogLevel::kWarn, TelemetryEvent::kInitReport, record);
}

void EnvironmentLog::start(const std::string& request_id, const Trace& trace) {
  if (!json()) write(fmt::format("START RequestId: {} Version: {}", request_id, config_.version));
  if (!records()) return;
  json::object start{{"requestId", request_id}, {"version", config_.version}};
  if (!config_.tenant.empty()) start["tenantId"] = config_.tenant;
  add_tracing(start, trace);
  platform_event(LogLevel::kInfo, TelemetryEvent::kStart, start);
}

void EnvironmentLog::runtime_done(const RuntimeDone& done, const Ending& ending, const Trace& trace) {
  if (!records()) return;
  const bool good = ending.status == Ending::Status::kSuccess;
  json::object record{{"requestId", done.request_id}};
  add_ending(record, ending);
  add_tracing(record, trace);
  record["metrics"] =
      json::object{{"durationMs", rounded(done.duration_ms)}, {"producedBytes", done.produced_bytes}};
  if (good) {
    const auto after = [&](double ms) {
      return iso8601_ms(done.began + std::chrono::microseconds(static_cast<int64_t>(ms * 1000)));
    };
    record["spans"] =
        json::array{span("responseLatency", after(0), done.latency_ms),
                    span("responseDuration", after(done.latency_ms), 0),
                    span("runtimeOverhead", after(done.latency_ms), done.duration_ms - done.latency_ms)};
  }
  platform_event(good ? LogLevel::kDebug : LogLevel::kWarn, TelemetryEvent::kRuntimeDone, record);
}

void EnvironmentLog::end_and_report(const Usage& usage, const Ending& ending, const Trace& trace) {
  if (!json()) write_report(usage, ending, trace);
  if (!records()) return;
  const bool good = ending.status == Ending::Status::kSuccess;
  json::object metrics{{"durationMs", rounded(usage.duration_ms)}};
  if (!config_.shared()) {
    metrics["billedDurationMs"] = usage.billed_ms;
    metrics["memorySizeMB"] = usage.memory_mib;
    metrics["maxMemoryUsedMB"] = usage.memory_peak_mib;
  }
  if (usage.init_ms) metrics["initDurationMs"] = rounded(*usage.init_ms);
  if (usage.restore_ms) {
    metrics["restoreDurationMs"] = rounded(*usage.restore_ms);
    metrics["billedRestoreDurationMs"] = whole(*usage.restore_ms);
  }
  json::object report{{"requestId", usage.request_id}, {"metrics", std::move(metrics)}};
  add_ending(report, ending);
  add_tracing(report, trace);
  if (told()) {  // an event of the Logs API alone
    telemetry_->publish(TelemetryEvent::kEnd, to_text(json::object{{"requestId", usage.request_id}}));
  }
  platform_event(good ? LogLevel::kInfo : LogLevel::kWarn, TelemetryEvent::kReport, report);
}

void EnvironmentLog::write_report(const Usage& usage, const Ending& ending, const Trace& trace) {
  write(fmt::format("END RequestId: {}", usage.request_id));
  std::string report =
      fmt::format("REPORT RequestId: {}\tDuration: {:.2f} ms\t", usage.request_id, usage.duration_ms);
  // Where invokes share a process, what was used is not one's.
  if (!config_.shared()) {
    report += fmt::format("Billed Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
                          usage.billed_ms, usage.memory_mib, usage.memory_peak_mib);
  }
  if (usage.init_ms) report += fmt::format("Init Duration: {:.2f} ms\t", *usage.init_ms);
  if (usage.restore_ms) {
    report += fmt::format("Restore Duration: {:.2f} ms\tBilled Restore Duration: {} ms\t", *usage.restore_ms,
                          whole(*usage.restore_ms));
  }
  if (ending.status != Ending::Status::kSuccess) report += ending_text(ending) + "\t";
  if (trace.recorded)
    report += fmt::format("\nXRAY TraceId: {}\tSegmentId: {}\tSampled: true\t", trace.root, trace.parent);
  write(std::move(report));
}

}  // namespace hearth::execution
