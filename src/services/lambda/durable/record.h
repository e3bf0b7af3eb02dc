// What durable executions keep in the store. Keys, where an execution is (account, region, function, id):
//
//   ("lambda-durable", execution)                     ExecutionRecord
//   ("lambda-durable", execution, "operation", id)    OperationRecord, without what may be large
//   ("lambda-durable", execution, "data", id, what, n)   parts of a payload, or of an error: kInput, kResult,
//   kError
//   ("lambda-durable", execution, "event", number)    EventRecord, from 1
//   ("lambda-durable", execution, "change", number)   the id of an operation that others than the function
//   changed
//   ("lambda-durable-name", account, region, function, name)        NameRecord
//   ("lambda-durable-list", account, region, function, start, id)   a NameRecord's
//   ("lambda-durable-timer", due, execution, kind, operation)       empty (timers.h)
//   ("lambda-durable-end", execution)                 empty, once it has ended: what those who wait for it
//   watch
//
// The operation of type EXECUTION has the execution's id; its input and result are the execution's own.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/table.h"

namespace hearth::services::lambda {

inline constexpr std::string_view kExecution = "EXECUTION";
inline constexpr std::string_view kContext = "CONTEXT";
inline constexpr std::string_view kStep = "STEP";
inline constexpr std::string_view kWait = "WAIT";
inline constexpr std::string_view kCallback = "CALLBACK";
inline constexpr std::string_view kChainedInvoke = "CHAINED_INVOKE";

// Of operations and, but for the first three, of executions.
inline constexpr std::string_view kStarted = "STARTED";
inline constexpr std::string_view kPending = "PENDING";
inline constexpr std::string_view kReady = "READY";
inline constexpr std::string_view kSucceeded = "SUCCEEDED";
inline constexpr std::string_view kFailed = "FAILED";
inline constexpr std::string_view kCancelled = "CANCELLED";
inline constexpr std::string_view kTimedOut = "TIMED_OUT";
inline constexpr std::string_view kStopped = "STOPPED";
// Of executions alone.
inline constexpr std::string_view kRunning = "RUNNING";
inline constexpr std::string_view kPausing = "PAUSING";
inline constexpr std::string_view kPaused = "PAUSED";

inline constexpr std::string_view kInput = "input";
inline constexpr std::string_view kResult = "result";
inline constexpr std::string_view kError = "error";

struct DurableError {
  std::optional<std::string> message;
  std::optional<std::string> type;
  std::optional<std::string> data;
  std::optional<std::vector<std::string>> stack_trace;

  size_t bytes() const {
    size_t sum = message.value_or("").size() + type.value_or("").size() + data.value_or("").size();
    for (const std::string& line : stack_trace.value_or(std::vector<std::string>())) sum += line.size();
    return sum;
  }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.message);
    visit(2, self.type);
    visit(3, self.data);
    visit(4, self.stack_trace);
  }
};

struct OperationRecord {
  std::string id;
  std::string type;
  std::string status;
  int64_t order = 0;  // of the start, in its execution
  std::string parent_id;
  std::string name;
  std::string sub_type;
  TimePoint started;
  std::optional<TimePoint> ended;
  int64_t attempt = 0;           // of a step: attempts that are over
  std::optional<TimePoint> due;  // the end of a wait, the next attempt of a step, a callback's timeout
  std::optional<TimePoint> heartbeat_due;
  int64_t seconds = 0;  // of a wait, or until a callback's timeout; 0: none
  int64_t heartbeat_seconds = 0;
  bool replays_children = false;
  bool has_result = false;
  bool has_error = false;
  std::string secret;    // of a callback: part of its id
  std::string function;  // of a chained invoke
  std::string tenant;
  std::string trace;
  std::string child_arn;  // the execution that it started
  std::string executed_version;

  bool ends() const { return ended.has_value(); }
  // Whether something else than the function brings it on.
  bool pends() const {
    return status == kPending ||
           (status == kStarted && (type == kWait || type == kCallback || type == kChainedInvoke));
  }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.type);
    visit(3, self.status);
    visit(4, self.order);
    visit(5, self.parent_id);
    visit(6, self.name);
    visit(7, self.sub_type);
    visit(8, self.started);
    visit(9, self.ended);
    visit(10, self.attempt);
    visit(11, self.due);
    visit(12, self.heartbeat_due);
    visit(13, self.seconds);
    visit(14, self.heartbeat_seconds);
    visit(15, self.replays_children);
    visit(16, self.has_result);
    visit(17, self.has_error);
    visit(18, self.secret);
    visit(19, self.function);
    visit(20, self.tenant);
    visit(21, self.trace);
    visit(22, self.child_arn);
    visit(23, self.executed_version);
  }
};

struct EventRecord {
  std::string type;  // StepSucceeded
  std::string operation;
  TimePoint at;
  int64_t attempt = 0;
  std::optional<int64_t> delay_seconds;
  std::optional<DurableError> error;  // of what is no operation's end: another attempt follows
  std::string request_id;             // of an invocation
  TimePoint began;                    // an invocation, or the wish for a pause
  std::string reason;
  bool timeout_paused = false;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.type);
    visit(2, self.operation);
    visit(3, self.at);
    visit(4, self.attempt);
    visit(5, self.delay_seconds);
    visit(6, self.error);
    visit(7, self.request_id);
    visit(8, self.began);
    visit(9, self.reason);
    visit(10, self.timeout_paused);
  }
};

struct PauseRecord {
  TimePoint requested;
  std::string reason;
  bool timeout_paused = true;
  std::optional<TimePoint> paused;
  bool cut_short = false;       // an invocation was under way
  int64_t timeout_left_us = 0;  // where the timeout pauses as well

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.requested);
    visit(2, self.reason);
    visit(3, self.timeout_paused);
    visit(4, self.paused);
    visit(5, self.cut_short);
    visit(6, self.timeout_left_us);
  }
};

// The client token of a wish that was fulfilled, and when.
struct FulfilledRecord {
  std::string client_token;
  TimePoint at;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.client_token);
    visit(2, self.at);
  }
};

struct ExecutionRecord {
  std::string name;
  std::string version;      // that all its invocations run
  std::string function_id;  // FunctionRecord's: another function of that name does not go on with it
  std::string status = std::string(kRunning);
  TimePoint started;
  std::optional<TimePoint> ended;
  int64_t timeout_seconds = 0;
  int64_t retention_days = 0;
  std::optional<TimePoint> timeout_at;
  std::string trace;
  std::string tenant;
  std::string client_context;  // JSON text
  bool queued = false;         // an invocation waits for its turn, or is under way
  bool synchronous = false;
  std::string dead_letter_arn;
  std::string role_arn;
  std::string request_id;  // of the invoke that started it

  // Of what is bounded or numbered.
  int64_t operations = 0;
  int64_t events = 0;
  int64_t bytes = 0;
  int64_t pending = 0;  // operations that pend
  int64_t changes = 0;

  // The invocation under way, whose checkpoints count, and its place in the sequence of tokens.
  std::string run;
  int64_t token = 0;
  int64_t seen = 0;          // changes that the function was told of
  int64_t seen_before = 0;   // by the last checkpoint
  std::string client_token;  // of the last checkpoint
  TimePoint checkpointed;
  int64_t failures = 0;  // invocations in a row that brought nothing

  std::optional<PauseRecord> pause;
  FulfilledRecord last_pause;
  FulfilledRecord last_resumption;

  // The chained invoke that waits for it.
  std::string parent_arn;
  std::string parent_operation;

  bool ends() const { return ended.has_value(); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.version);
    visit(3, self.function_id);
    visit(4, self.status);
    visit(5, self.started);
    visit(6, self.ended);
    visit(7, self.timeout_seconds);
    visit(8, self.retention_days);
    visit(9, self.timeout_at);
    visit(10, self.trace);
    visit(11, self.tenant);
    visit(12, self.queued);
    visit(13, self.synchronous);
    visit(14, self.dead_letter_arn);
    visit(15, self.role_arn);
    visit(16, self.request_id);
    visit(17, self.operations);
    visit(18, self.events);
    visit(19, self.bytes);
    visit(20, self.pending);
    visit(21, self.changes);
    visit(22, self.run);
    visit(23, self.token);
    visit(24, self.seen);
    visit(25, self.seen_before);
    visit(26, self.client_token);
    visit(27, self.checkpointed);
    visit(28, self.failures);
    visit(29, self.pause);
    visit(30, self.last_pause);
    visit(31, self.last_resumption);
    visit(32, self.parent_arn);
    visit(33, self.parent_operation);
    visit(34, self.client_context);
  }
};

struct NameRecord {
  std::string name;
  std::string id;
  std::string version;
  std::string function_id;
  std::string input_sha256;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.id);
    visit(3, self.version);
    visit(4, self.function_id);
    visit(5, self.input_sha256);
  }
};

}  // namespace hearth::services::lambda
