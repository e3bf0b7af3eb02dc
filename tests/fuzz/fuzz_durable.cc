// What functions and callers say of durable executions: names, tokens, ids, what an invocation answers, and
// what checkpoints ask for. Whatever the updates are, what has ended stays as it is, and nothing pends
// without being of a kind that something else than the function ends.
#include <cstdlib>

#include "services/lambda/durable/checkpoint.h"
#include "services/lambda/durable/error.h"
#include "services/lambda/durable/ref.h"

namespace {

using namespace hearth::services::lambda;
using hearth::api::lambda::OperationUpdate;

constexpr std::string_view kTypes[] = {kExecution, kContext, kStep, kWait, kCallback, kChainedInvoke};
constexpr std::string_view kActions[] = {"START", "SUCCEED", "FAIL", "RETRY", "CANCEL"};

// Three bytes an update: what it is, whom it names, what it carries.
OperationUpdate update_of(uint8_t what, uint8_t whom, uint8_t carried) {
  OperationUpdate update{.id = std::string(1, static_cast<char>('a' + whom % 8)),
                         .type = std::string(kTypes[what % std::size(kTypes)]),
                         .action = std::string(kActions[what / 8 % std::size(kActions)])};
  if (whom & 0x40) update.parent_id = std::string(1, static_cast<char>('a' + whom / 8 % 8));
  if (carried & 1) update.payload = std::string(carried, 'x');
  if (carried & 2) update.error.emplace().error_message = "no";
  if (carried & 4) update.step_options.emplace().next_attempt_delay_seconds = carried;
  if (carried & 8) update.wait_options.emplace().wait_seconds = carried;
  if (carried & 16)
    update.callback_options = {.timeout_seconds = carried, .heartbeat_timeout_seconds = carried / 2};
  if (carried & 32) update.chained_invoke_options.emplace().function_name = "f";
  if (carried & 64) update.context_options.emplace().replay_children = true;
  return update;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check_updates(const uint8_t* data, size_t size) {
  const std::function<std::string()> secret = [] { return std::string("secret"); };
  ExecutionRecord execution;
  Operations known;
  hearth::TimePoint now = hearth::from_epoch_ms(1'000'000);
  while (size >= 4) {
    // The first byte says how many are sent together.
    const size_t count = std::min<size_t>(data[0] % 8, (size - 1) / 3);
    std::vector<OperationUpdate> updates;
    for (size_t i = 0; i < count; ++i) {
      updates.push_back(update_of(data[1 + 3 * i], data[2 + 3 * i], data[3 + 3 * i]));
    }
    data += 1 + 3 * count;
    size -= 1 + 3 * count;
    now += std::chrono::seconds(1);
    const auto done = apply_updates(execution, known, std::move(updates), now, secret);
    if (!done) continue;
    for (const OperationRecord& operation : done->operations) {
      const auto before = known.find(operation.id);
      if (before != known.end()) {
        require(!before->second.ends() && before->second.type == operation.type);
        require(before->second.order == operation.order && operation.attempt >= before->second.attempt);
      } else {
        require(operation.order == execution.operations++);
      }
      require(!operation.ends() || !operation.pends());
      require(operation.type != kWait || operation.ends() || operation.due.has_value());
      require(operation.parent_id.empty() || known.contains(operation.parent_id) ||
              std::ranges::any_of(done->operations,
                                  [&](const OperationRecord& one) { return one.id == operation.parent_id; }));
      known[operation.id] = operation;
      // As a timer does.
      if (operation.status == kPending) known[operation.id].status = kReady;
    }
    if (done->ending) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto ref = ExecutionRef::parse(text)) {
    const auto again = ExecutionRef::parse(ref->arn());
    require(again && again->arn() == ref->arn() && again->id == ref->id);
  }
  if (const auto token = CheckpointToken::parse(text))
    require(CheckpointToken::parse(token->text())->run == token->run);
  if (const auto id = CallbackId::parse(text))
    require(CallbackId::parse(id->text())->operation == id->operation);
  (void)ending_of_answer(text, 1024);
  (void)error_of_payload(text);
  check_updates(data, size);
  return 0;
}
