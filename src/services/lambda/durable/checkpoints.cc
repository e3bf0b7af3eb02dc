#include "services/lambda/durable/checkpoints.h"

#include <algorithm>
#include <set>

#include "services/lambda/durable/state.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;

constexpr size_t kSecretDigits = 32;
constexpr size_t kAnswerBytesMax = 5 * 1024 * 1024;

// SDKs know it by its beginning, and leave the invocation to end.
Error stale_token() {
  return errors::invalid_parameter_value_exception("Invalid Checkpoint Token");
}

}  // namespace

void DurableCheckpoints::mount(wire::Router& router) {
  router.on<ops::CheckpointDurableExecution>(*this, &DurableCheckpoints::checkpoint);
  router.on<ops::GetDurableExecutionState>(*this, &DurableCheckpoints::state);
}

Async<DurableExecution> DurableCheckpoints::open(store::Transaction& tx, ExecutionRef ref,
                                                 CheckpointToken token) {
  TRY(auto execution, co_await DurableExecution::find(parts_, tx, std::move(ref)));
  if (!execution || execution->record.ends() || execution->record.run != token.run || token.run.empty()) {
    co_return stale_token();
  }
  co_return *std::move(execution);
}

Async<DurableCheckpoints::Response> DurableCheckpoints::checkpoint(const wire::Call& call, Request input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  const auto token = CheckpointToken::parse(input.checkpoint_token);
  if (!token) co_return stale_token();
  const std::vector<api::lambda::OperationUpdate> updates =
      std::move(input.updates).value_or(std::vector<api::lambda::OperationUpdate>());
  const std::string client_token = input.client_token.value_or("");
  auto body = [&](store::Transaction& tx) -> Async<Response> {
    TRY(auto execution, co_await open(tx, ref, *token));
    ExecutionRecord& record = execution.record;
    const TimePoint now = parts_.clock.now();
    const bool again = token->number + 1 == record.token && !client_token.empty() &&
                       client_token == record.client_token && now - record.checkpointed < kClientTokenLife;
    if (!again && token->number != record.token) co_return stale_token();
    if (again) {
      record.seen = record.seen_before;
    } else {
      TRY_VOID(co_await apply(execution, updates));
      record.seen_before = record.seen;
      record.client_token = client_token;
      record.checkpointed = now;
      ++record.token;
    }
    TRY(Response response, co_await answer(execution, updates));
    execution.save();
    co_return response;
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> DurableCheckpoints::apply(DurableExecution& execution,
                                      std::vector<api::lambda::OperationUpdate> updates) {
  Operations known;
  // No operation has the id that is the execution's.
  known.emplace(execution.ref().id,
                OperationRecord{.id = execution.ref().id, .type = std::string(kExecution)});
  for (const api::lambda::OperationUpdate& update : updates) {
    for (const std::string& id : {update.id, update.parent_id.value_or("")}) {
      if (id.empty() || known.contains(id)) continue;
      TRY(auto operation, co_await execution.operation(id));
      if (operation) known.emplace(id, *std::move(operation));
    }
  }
  if (!updates.empty()) execution.record.failures = 0;
  const std::function<std::string()> secret = [this] { return parts_.random.hex(kSecretDigits); };
  TRY(Checkpoint done,
      apply_updates(execution.record, known, std::move(updates), parts_.clock.now(), secret));
  for (const OperationRecord& operation : done.operations) {
    const auto before = known.find(operation.id);
    execution.put(operation, before == known.end() ? std::nullopt : std::optional(before->second));
  }
  for (const DataWrite& data : done.data) execution.put_data(data);
  for (EventRecord& event : done.events) execution.tell(std::move(event));
  if (done.ending) TRY_VOID(co_await execution.end(*std::move(done.ending)));
  co_return {};
}

Async<DurableCheckpoints::Response> DurableCheckpoints::answer(
    DurableExecution& execution, const std::vector<api::lambda::OperationUpdate>& updates) {
  ExecutionRecord& record = execution.record;
  Response response;
  auto& told = response.new_execution_state.operations.emplace();
  std::set<std::string> ids;
  size_t bytes = 0;
  auto add = [&](std::string id) -> Async<void> {
    if (!ids.insert(id).second) co_return {};
    TRY(auto operation, co_await execution.operation(std::move(id)));
    if (!operation) co_return {};
    TRY(auto described, co_await describe_operation(execution, *std::move(operation)));
    bytes += bytes_of(described);
    told.push_back(std::move(described));
    co_return {};
  };
  for (const api::lambda::OperationUpdate& update : updates) TRY_VOID(co_await add(update.id));
  TRY(const auto changed, co_await execution.changed(record.seen, record.changes));
  for (const std::string& id : changed) {
    // The rest comes with the next answer.
    if (bytes > kAnswerBytesMax) break;
    TRY_VOID(co_await add(id));
    ++record.seen;
  }
  // Without a token the invocation has nothing more to say.
  if (record.ends()) co_return response;
  if (record.status == kPausing) {
    record.run.clear();
    execution.pause(true);
    co_return response;
  }
  response.checkpoint_token = CheckpointToken{record.run, record.token}.text();
  co_return response;
}

Async<api::lambda::GetDurableExecutionStateResponse> DurableCheckpoints::state(
    const wire::Call& call, api::lambda::GetDurableExecutionStateRequest input) {
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, input.durable_execution_arn));
  const auto token = CheckpointToken::parse(input.checkpoint_token);
  if (!token) co_return stale_token();
  auto body = [&](store::Transaction& tx) -> Async<StatePage> {
    TRY(auto execution, co_await open(tx, ref, *token));
    if (token->number > execution.record.token) co_return stale_token();
    const auto items = static_cast<size_t>(input.max_items.value_or(0));
    co_return co_await state_page(
        execution, {.marker = input.marker.value_or(""), .items_max = items == 0 ? kItemsDefault : items});
  };
  TRY(StatePage page, co_await parts_.store.read(body));
  api::lambda::GetDurableExecutionStateResponse out{.operations = std::move(page.operations)};
  if (!page.next_marker.empty()) out.next_marker = std::move(page.next_marker);
  co_return out;
}

}  // namespace hearth::services::lambda
