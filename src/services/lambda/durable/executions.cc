#include "services/lambda/durable/executions.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/state.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::GetDurableExecutionResponse;
using api::lambda::ListDurableExecutionsByFunctionRequest;

constexpr size_t kItemsMax = 1000;
// So many are looked at for one page: it may be shorter than asked for.
constexpr size_t kLookedAtMax = 1000;

size_t items_of(const std::optional<int32_t>& max_items) {
  const auto items = static_cast<size_t>(std::max(max_items.value_or(0), 0));
  return items == 0 ? kItemsDefault : std::min(items, kItemsMax);
}

api::lambda::Execution summary(const ExecutionRef& ref, const ExecutionRecord& record) {
  return {.durable_execution_arn = ref.arn(),
          .durable_execution_name = record.name,
          .function_arn = ref.function.qualified_arn(),
          .status = record.status,
          .start_timestamp = record.started,
          .end_timestamp = record.ended};
}

bool suits(const ListDurableExecutionsByFunctionRequest& input, const ExecutionRecord& record) {
  if (input.durable_execution_name && *input.durable_execution_name != record.name) return false;
  if (input.started_after && record.started <= *input.started_after) return false;
  if (input.started_before && record.started >= *input.started_before) return false;
  return !input.statuses || std::ranges::find(*input.statuses, record.status) != input.statuses->end();
}

}  // namespace

void DurableExecutions::mount(wire::Router& router) {
  router.on<ops::GetDurableExecution>(*this, &DurableExecutions::get);
  router.on<ops::GetDurableExecutionHistory>(*this, &DurableExecutions::history);
  router.on<ops::ListDurableExecutionsByFunction>(*this, &DurableExecutions::list);
  router.on<ops::StopDurableExecution>(*this, &DurableExecutions::stop);
  router.on<ops::PauseDurableExecution>(*this, &DurableExecutions::pause);
  router.on<ops::ResumeDurableExecution>(*this, &DurableExecutions::resume);
  router.on<ops::DeleteDurableExecution>(*this, &DurableExecutions::remove);
}

Async<GetDurableExecutionResponse> DurableExecutions::get(const Call& call,
                                                          api::lambda::GetDurableExecutionRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  const bool with_data = input.include_execution_data.value_or(true);
  auto body = [&](store::Transaction& tx) -> Async<GetDurableExecutionResponse> {
    TRY(auto execution, co_await load(tx, ref));
    const ExecutionRecord& record = execution.record;
    GetDurableExecutionResponse out{.durable_execution_arn = ref.arn(),
                                    .durable_execution_name = record.name,
                                    .function_arn = ref.function.qualified_arn(),
                                    .start_timestamp = record.started,
                                    .status = record.status,
                                    .end_timestamp = record.ended,
                                    .version = record.version,
                                    .execution_data_included = with_data,
                                    .expected_execution_timeout_timestamp = record.timeout_at};
    out.trace_header.emplace().x_amzn_trace_id = record.trace;
    out.durable_config = {.kms_key_arn = {},
                          .retention_period_in_days = static_cast<int32_t>(record.retention_days),
                          .execution_timeout = static_cast<int32_t>(record.timeout_seconds)};
    if (record.pause) {
      auto& details = out.pause_details.emplace();
      details.pause_request_timestamp = record.pause->requested;
      details.execution_timeout_paused = record.pause->timeout_paused;
      if (with_data && !record.pause->reason.empty()) details.reason = record.pause->reason;
    }
    if (!with_data) co_return out;
    TRY(out.input_payload, co_await execution.data(ref.id, kInput));
    if (record.status == kSucceeded) {
      TRY(out.result, co_await execution.data(ref.id, kResult));
    }
    TRY(const auto error, co_await execution.error(ref.id));
    if (error) out.error = describe_error(*error);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::GetDurableExecutionHistoryResponse> DurableExecutions::history(
    const Call& call, api::lambda::GetDurableExecutionHistoryRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  auto body = [&](store::Transaction& tx) -> Async<HistoryPage> {
    TRY(auto execution, co_await load(tx, ref));
    co_return co_await history_page(execution, {.after = input.marker.value_or(""),
                                                .items_max = items_of(input.max_items),
                                                .with_data = input.include_execution_data.value_or(true),
                                                .reverse = input.reverse_order.value_or(false)});
  };
  TRY(HistoryPage page, co_await parts_.store.read(body));
  api::lambda::GetDurableExecutionHistoryResponse out{.events = std::move(page.events)};
  if (!page.next_marker.empty()) out.next_marker = std::move(page.next_marker);
  co_return out;
}

Async<api::lambda::ListDurableExecutionsByFunctionResponse> DurableExecutions::list(
    const Call& call, ListDurableExecutionsByFunctionRequest input) {
  TRY(const FunctionRef function, FunctionRef::parse(call, input.function_name, input.qualifier));
  const auto after = base64_decode(input.marker.value_or(""));
  if (!after) co_return errors::invalid_parameter_value_exception("Invalid Marker");
  const size_t items_max = items_of(input.max_items);
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListDurableExecutionsByFunctionResponse> {
    std::string version;
    if (function.qualifier.empty()) {
      TRY_VOID(co_await require_function(tx, function, function.arn()));
    } else {
      TRY(const Resolved found, co_await resolve(tx, function));
      version = found.version.version;
    }
    const store::Key under(function.account, function.region, function.name);
    TRY(auto listing, co_await durable_list(tx).list({.under = under,
                                                      .after = *after,
                                                      .rows_max = kLookedAtMax,
                                                      .reverse = !input.reverse_order.value_or(false)}));
    api::lambda::ListDurableExecutionsByFunctionResponse out;
    auto& shown = out.durable_executions.emplace();
    for (const auto& entry : listing.entries) {
      const NameRecord& named = entry.record;
      const ExecutionRef ref{
          {function.account, function.region, function.name, named.version}, named.name, named.id};
      if (version.empty() || version == named.version) {
        TRY(const auto execution, co_await DurableExecution::find(parts_, tx, ref));
        if (execution && suits(input, execution->record)) shown.push_back(summary(ref, execution->record));
      }
      const bool is_last = &entry == &listing.entries.back() && listing.next.empty();
      if (shown.size() < items_max || is_last) continue;
      out.next_marker = base64_encode(entry.key);
      co_return out;
    }
    if (!listing.next.empty()) out.next_marker = base64_encode(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::StopDurableExecutionResponse> DurableExecutions::stop(
    const Call& call, api::lambda::StopDurableExecutionRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  std::optional<DurableError> error;
  if (input.error) error = error_of(*std::move(input.error));
  if (error) TRY_VOID(check_error_size(kExecution, *error));
  auto body = [&](store::Transaction& tx) -> Async<TimePoint> {
    TRY(auto execution, co_await load(tx, ref));
    // Who stops what has ended learns when that was.
    TRY_VOID(co_await execution.end({.status = kStopped, .result = {}, .error = error}));
    co_return *execution.record.ended;
  };
  TRY(const TimePoint stopped, co_await parts_.store.transact(body));
  co_return api::lambda::StopDurableExecutionResponse{.stop_timestamp = stopped};
}

bool DurableExecutions::repeated(FulfilledRecord& last, const std::optional<std::string>& client_token) {
  const TimePoint now = parts_.clock.now();
  if (client_token && *client_token == last.client_token && now - last.at < kClientTokenLife) return true;
  last = {.client_token = client_token.value_or(""), .at = now};
  return false;
}

Async<api::lambda::PauseDurableExecutionResponse> DurableExecutions::pause(
    const Call& call, api::lambda::PauseDurableExecutionRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(auto execution, co_await load(tx, ref));
    if (repeated(execution.record.last_pause, input.client_token)) co_return {};
    ExecutionRecord& record = execution.record;
    if (record.status != kRunning) {
      co_return errors::resource_conflict_exception("The durable execution cannot be paused. Its status is " +
                                                    record.status + ".");
    }
    record.pause = PauseRecord{.requested = parts_.clock.now(),
                               .reason = input.reason.value_or(""),
                               .timeout_paused = input.execution_timeout_paused.value_or(true)};
    record.status = kPausing;
    if (record.run.empty()) execution.pause(false);
    execution.save();
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::PauseDurableExecutionResponse{};
}

Async<api::lambda::ResumeDurableExecutionResponse> DurableExecutions::resume(
    const Call& call, api::lambda::ResumeDurableExecutionRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(auto execution, co_await load(tx, ref));
    if (repeated(execution.record.last_resumption, input.client_token)) co_return {};
    if (!execution.record.pause) {
      co_return errors::resource_conflict_exception(
          "The durable execution cannot be resumed. Its status is " + execution.record.status + ".");
    }
    execution.resume(input.reason.value_or(""));
    execution.save();
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::ResumeDurableExecutionResponse{};
}

Async<api::lambda::DeleteDurableExecutionResponse> DurableExecutions::remove(
    const Call& call, api::lambda::DeleteDurableExecutionRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(auto execution, co_await load(tx, ref));
    if (!execution.record.ends()) {
      co_return errors::resource_conflict_exception(
          "The durable execution cannot be deleted. Its status is " + execution.record.status + ".");
    }
    co_return co_await execution.forget();
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::DeleteDurableExecutionResponse{.deletion_request_timestamp = parts_.clock.now()};
}

}  // namespace hearth::services::lambda
