#include "services/lambda/durable/execution.h"

#include <fmt/format.h>

#include "base/log.h"
#include "services/lambda/destinations.h"
#include "services/lambda/durable/error.h"
#include "services/lambda/durable/timers.h"
#include "store/record.h"

namespace hearth::services::lambda {
namespace {

const store::Key kExecutions("lambda-durable");
constexpr std::chrono::days kLifeMax(366);
constexpr size_t kPartBytes = 3 * 1024 * 1024;  // of a row

// Everything that is the execution's, and behind it what is its operations'.
store::Key data_key(const store::Key& execution, const std::string& operation, std::string_view what) {
  return execution + store::Key("data", operation, what);
}

std::optional<TimePoint> timer_of(const OperationRecord& operation, DurableTimer::Kind kind) {
  if (!operation.pends()) return std::nullopt;
  return kind == DurableTimer::kHeartbeat ? operation.heartbeat_due : operation.due;
}

std::string_view ending_of(std::string_view status) {
  if (status == kSucceeded) return "Succeeded";
  if (status == kTimedOut) return "TimedOut";
  return status == kStopped ? "Stopped" : "Failed";
}

}  // namespace

store::Key end_key(const ExecutionRef& ref) {
  return store::Key("lambda-durable-end") + ref.key();
}

store::Table<NameRecord> durable_names(store::Transaction& tx) {
  return {tx, store::Key("lambda-durable-name")};
}

store::Table<NameRecord> durable_list(store::Transaction& tx) {
  return {tx, store::Key("lambda-durable-list")};
}

DurableExecution::DurableExecution(DurableParts& parts, store::Transaction& tx, ExecutionRef ref,
                                   ExecutionRecord from)
    : record(std::move(from)),
      parts_(&parts),
      tx_(&tx),
      ref_(std::move(ref)),
      key_(kExecutions + ref_.key()) {}

Async<std::optional<DurableExecution>> DurableExecution::find(DurableParts& parts, store::Transaction& tx,
                                                              ExecutionRef ref) {
  store::Table<ExecutionRecord> executions(tx, kExecutions);
  TRY(auto record, co_await executions.get(ref.key()));
  if (!record || record->name != ref.name || record->version != ref.function.qualifier) {
    co_return std::optional<DurableExecution>();
  }
  co_return DurableExecution(parts, tx, std::move(ref), *std::move(record));
}

Async<DurableExecution> DurableExecution::load(DurableParts& parts, store::Transaction& tx,
                                               ExecutionRef ref) {
  const std::string arn = ref.arn();
  TRY(auto found, co_await find(parts, tx, std::move(ref)));
  if (!found) {
    co_return api::lambda::errors::resource_not_found_exception("Durable execution not found: " + arn);
  }
  co_return *std::move(found);
}

store::Table<OperationRecord> DurableExecution::table() {
  return {*tx_, key_ + store::Key("operation")};
}

Async<std::optional<OperationRecord>> DurableExecution::operation(std::string id) {
  co_return co_await table().get(store::Key(id));
}

Async<Operations> DurableExecution::operations() {
  TRY(auto entries, co_await table().all());
  Operations all;
  for (auto& entry : entries) all.emplace(entry.record.id, std::move(entry.record));
  co_return all;
}

void DurableExecution::put(const OperationRecord& now, const std::optional<OperationRecord>& before) {
  for (const auto kind : {DurableTimer::kOperation, DurableTimer::kHeartbeat}) {
    const auto due = timer_of(now, kind);
    const auto was = before ? timer_of(*before, kind) : std::nullopt;
    if (due == was) continue;
    if (was) DurableTimer{*was, ref_, kind, now.id}.erase(*tx_);
    if (due) DurableTimer{*due, ref_, kind, now.id}.put(*tx_);
  }
  record.pending += (now.pends() ? 1 : 0) - (before && before->pends() ? 1 : 0);
  if (!before) ++record.operations;
  if (now.type == kChainedInvoke && !before) parts_->queues.chain(*tx_, ref_, now.id);
  table().put(store::Key(now.id), now);
}

void DurableExecution::put_data(const DataWrite& data) {
  const store::Key key = data_key(key_, data.operation, data.what);
  // What is ever replaced fits into one part, so no other part of it is left.
  int64_t part = 0;
  for (size_t at = 0; at == 0 || at < data.bytes.size(); at += kPartBytes) {
    tx_->put((key + store::Key(part++)).bytes(), data.bytes.substr(at, kPartBytes));
  }
  record.bytes += static_cast<int64_t>(data.bytes.size());
}

Async<std::string> DurableExecution::data(std::string operation, std::string_view what) {
  const store::Key key = data_key(key_, operation, what);
  std::string bytes;
  for (int64_t part = 0;; ++part) {
    TRY(auto more, co_await tx_->get((key + store::Key(part)).bytes()));
    if (!more) co_return bytes;
    bytes += *more;
    if (more->size() < kPartBytes) co_return bytes;
  }
}

Async<std::optional<DurableError>> DurableExecution::error(std::string operation) {
  TRY(const std::string bytes, co_await data(std::move(operation), kError));
  if (bytes.empty()) co_return std::optional<DurableError>();
  TRY(DurableError error, store::decode<DurableError>(bytes));
  co_return std::optional(std::move(error));
}

void DurableExecution::tell(EventRecord event) {
  store::Table<EventRecord>(*tx_, key_ + store::Key("event")).put(store::Key(++record.events), event);
}

Async<std::optional<EventRecord>> DurableExecution::event(int64_t number) {
  store::Table<EventRecord> events(*tx_, key_ + store::Key("event"));
  co_return co_await events.get(store::Key(number));
}

void DurableExecution::change(const OperationRecord& now, const std::optional<OperationRecord>& before) {
  put(now, before);
  tx_->put((key_ + store::Key("change", ++record.changes)).bytes(), now.id);
  wake(parts_->clock.now());
}

Async<std::vector<std::string>> DurableExecution::changed(int64_t from, int64_t to) {
  const store::Key changes = key_ + store::Key("change");
  store::KeyRange range{store::key_after((changes + store::Key(from)).bytes()),
                        store::key_after((changes + store::Key(to)).bytes())};
  std::vector<std::string> ids;
  while (from < to) {
    TRY(store::Page page, co_await tx_->scan({.range = range}));
    for (store::Row& row : page.rows) ids.push_back(std::move(row.value));
    if (!page.more) break;
    range.begin = store::key_after(page.rows.back().key);
  }
  co_return ids;
}

void DurableExecution::complete(OperationRecord operation, std::string_view status,
                                std::optional<std::string> result, std::optional<DurableError> error) {
  const OperationRecord before = operation;
  const TimePoint now = parts_->clock.now();
  operation.status = status;
  operation.ended = now;
  operation.has_result = result.has_value();
  operation.has_error = error.has_value();
  if (result) put_data({operation.id, kResult, *std::move(result)});
  if (error) put_data({operation.id, kError, store::encode(*error)});
  tell({.type = event_type(operation.type, ending_of(status)), .operation = operation.id, .at = now});
  change(operation, before);
}

void DurableExecution::wake(TimePoint due) {
  if (record.ends() || record.queued || record.status == kPaused || record.status == kPausing) return;
  record.queued = true;
  parts_->queues.run(*tx_, ref_, due);
}

void DurableExecution::set_timeout(std::optional<TimePoint> at) {
  if (record.timeout_at) DurableTimer{*record.timeout_at, ref_, DurableTimer::kTimeout, {}}.erase(*tx_);
  record.timeout_at = at;
  if (at) DurableTimer{*at, ref_, DurableTimer::kTimeout, {}}.put(*tx_);
}

void DurableExecution::pause(bool cut_short) {
  PauseRecord& pause = *record.pause;
  pause.cut_short |= cut_short;
  if (pause.paused) return;
  const TimePoint now = parts_->clock.now();
  pause.paused = now;
  record.status = kPaused;
  if (pause.timeout_paused) {
    pause.timeout_left_us = (*record.timeout_at - now).count();
    set_timeout(record.started + kLifeMax);
  }
  tell({.type = event_type(kExecution, "Paused"),
        .operation = ref_.id,
        .at = now,
        .began = pause.requested,
        .reason = pause.reason,
        .timeout_paused = pause.timeout_paused});
}

void DurableExecution::resume(std::string reason) {
  const TimePoint now = parts_->clock.now();
  const PauseRecord pause = *std::exchange(record.pause, std::nullopt);
  record.status = kRunning;
  if (!pause.paused) return;
  if (pause.timeout_paused) {
    set_timeout(std::min(now + std::chrono::microseconds(pause.timeout_left_us), record.started + kLifeMax));
  }
  tell({.type = event_type(kExecution, "Resumed"),
        .operation = ref_.id,
        .at = now,
        .began = now,
        .reason = std::move(reason)});
  if (pause.cut_short || record.changes > record.seen) wake(now);
}

Async<void> DurableExecution::end(Ending ending) {
  if (record.ends()) co_return {};
  const TimePoint now = parts_->clock.now();
  record.status = ending.status;
  record.ended = now;
  record.run.clear();
  record.pause.reset();
  if (ending.result) put_data({ref_.id, kResult, *ending.result});
  if (ending.error) put_data({ref_.id, kError, store::encode(*ending.error)});
  tell({.type = event_type(kExecution, ending_of(ending.status)), .operation = ref_.id, .at = now});
  set_timeout(std::nullopt);
  if (record.pending > 0) {
    TRY(const Operations all, co_await operations());
    for (const auto& [id, operation] : all) {
      for (const auto kind : {DurableTimer::kOperation, DurableTimer::kHeartbeat}) {
        if (const auto due = timer_of(operation, kind)) DurableTimer{*due, ref_, kind, id}.erase(*tx_);
      }
    }
  }
  DurableTimer{now + std::chrono::days(record.retention_days), ref_, DurableTimer::kRetention, {}}.put(*tx_);
  tx_->put(end_key(ref_).bytes(), "");
  save();
  const bool waited_for = record.synchronous || !record.parent_arn.empty();
  if (!record.dead_letter_arn.empty() && !waited_for && ending.status != kSucceeded) {
    TRY(std::string input, co_await data(ref_.id, kInput));
    Finished finished{.ref = ref_.function,
                      .role_arn = record.role_arn,
                      .request_id = record.request_id,
                      .condition = "RetriesExhausted",
                      .tries = 1,
                      .payload = std::move(input),
                      .outcome = {},
                      .trace = execution::Trace::parse(record.trace)};
    finished.outcome = outcome_of(ending, ref_.function.qualifier);
    parts_->outbox.enqueue(*tx_, dead_letter(finished, record.dead_letter_arn));
  }
  const auto parent = ExecutionRef::parse(record.parent_arn);
  if (!parent) co_return {};
  TRY(auto waiting, co_await find(*parts_, *tx_, *parent));
  if (!waiting || waiting->record.ends()) co_return {};
  TRY(auto chained, co_await waiting->operation(record.parent_operation));
  if (!chained || chained->ends()) co_return {};
  waiting->complete(*std::move(chained), ending.status, std::move(ending.result), std::move(ending.error));
  waiting->save();
  co_return {};
}

Async<void> DurableExecution::forget() {
  tx_->erase(key_.bytes());
  tx_->erase_range(key_.under());
  tx_->erase(end_key(ref_).bytes());
  const FunctionRef& function = ref_.function;
  durable_list(*tx_).erase(
      store::Key(function.account, function.region, function.name, record.started, ref_.id));
  if (record.ended) {
    const TimePoint until = *record.ended + std::chrono::days(record.retention_days);
    DurableTimer{until, ref_, DurableTimer::kRetention, {}}.erase(*tx_);
  }
  const store::Key name(function.account, function.region, function.name, ref_.name);
  TRY(const auto named, co_await durable_names(*tx_).get(name));
  if (named && named->id == ref_.id) durable_names(*tx_).erase(name);
  co_return {};
}

void DurableExecution::save() {
  store::Table<ExecutionRecord>(*tx_, kExecutions).put(ref_.key(), record);
}

}  // namespace hearth::services::lambda
