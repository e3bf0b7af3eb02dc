// Promise: durable functions go on where they were: checkpoints that are out of order, too large or senseless
// are refused in the service's words, and change nothing.
#include "services/lambda/durable/checkpoint.h"

#include <gtest/gtest.h>

#include "services/lambda/limits.h"
#include "store/record.h"

namespace hearth::services::lambda {
namespace {

using api::lambda::OperationUpdate;
using std::chrono::seconds;

const TimePoint kNow = from_epoch_ms(1'000'000);

class DurableCheckpoint : public ::testing::Test {
 protected:
  // What the updates came to, in one word; what they did becomes what is known.
  std::string apply(std::vector<OperationUpdate> updates) {
    auto done =
        apply_updates(execution, known, std::move(updates), kNow, [] { return std::string("secret"); });
    if (!done) return done.error().message;
    last = *std::move(done);
    for (const OperationRecord& operation : last.operations) {
      execution.operations += known.contains(operation.id) ? 0 : 1;
      known[operation.id] = operation;
    }
    return "ok";
  }
  std::string status(const std::string& id) { return known.at(id).status; }
  std::vector<std::string> events() {
    std::vector<std::string> types;
    for (const EventRecord& event : last.events) types.push_back(event.type);
    return types;
  }
  // As a timer does.
  void make_ready(const std::string& id) { known[id].status = kReady; }

  ExecutionRecord execution;
  Operations known;
  Checkpoint last;
};

OperationUpdate update(std::string_view type, std::string action, std::string id = "a") {
  OperationUpdate one{.id = std::move(id), .type = std::string(type), .action = std::move(action)};
  if (type == kWait && one.action == "START") one.wait_options.emplace().wait_seconds = 10;
  if (one.action == "RETRY") one.step_options.emplace().next_attempt_delay_seconds = 5;
  if (type == kChainedInvoke && one.action == "START")
    one.chained_invoke_options.emplace().function_name = "f";
  return one;
}

OperationUpdate with_payload(OperationUpdate one, std::string payload) {
  one.payload = std::move(payload);
  return one;
}

OperationUpdate with_error(OperationUpdate one, std::string message) {
  one.error.emplace().error_message = std::move(message);
  return one;
}

OperationUpdate inside(OperationUpdate one, std::string parent) {
  one.parent_id = std::move(parent);
  return one;
}

TEST_F(DurableCheckpoint, AStepBeginsAndSucceeds) {
  EXPECT_EQ(apply({update(kStep, "START")}), "ok");
  EXPECT_EQ(status("a"), kStarted);
  EXPECT_EQ(apply({with_payload(update(kStep, "SUCCEED"), "1")}), "ok");
  EXPECT_EQ(status("a"), kSucceeded);
  EXPECT_EQ(known.at("a").attempt, 1);
  EXPECT_EQ(last.data.at(0).bytes, "1");
  EXPECT_EQ(events(), std::vector<std::string>{"StepSucceeded"});
}

TEST_F(DurableCheckpoint, OneCheckpointMayHoldAWholeStep) {
  EXPECT_EQ(apply({update(kStep, "START"), with_payload(update(kStep, "SUCCEED"), "1")}), "ok");
  EXPECT_EQ(last.operations.size(), 1);
  EXPECT_EQ(events(), (std::vector<std::string>{"StepStarted", "StepSucceeded"}));
  EXPECT_EQ(apply({with_payload(update(kStep, "SUCCEED", "b"), "1")}), "ok") << "its start may be left out";
  EXPECT_EQ(events(), (std::vector<std::string>{"StepStarted", "StepSucceeded"}));
}

TEST_F(DurableCheckpoint, AStepWaitsForItsNextAttempt) {
  EXPECT_EQ(apply({update(kStep, "START"), with_error(update(kStep, "RETRY"), "no")}), "ok");
  EXPECT_EQ(status("a"), kPending);
  EXPECT_EQ(known.at("a").due, kNow + seconds(5));
  EXPECT_EQ(last.events.at(1).delay_seconds, 5);
  EXPECT_EQ(last.events.at(1).error->message, "no");
  EXPECT_EQ(apply({update(kStep, "START")}), "Invalid current STEP state to start.");
  EXPECT_EQ(apply({update(kStep, "SUCCEED")}), "Invalid current STEP state to close.");
  EXPECT_EQ(apply({update(kStep, "RETRY")}), "Invalid current STEP state to re-attempt.");
  make_ready("a");
  EXPECT_EQ(apply({update(kStep, "START")}), "ok");
  EXPECT_EQ(known.at("a").attempt, 1) << "attempts that are over";
  EXPECT_EQ(apply({with_error(update(kStep, "FAIL"), "no")}), "ok");
  EXPECT_EQ(known.at("a").attempt, 2);
}

TEST_F(DurableCheckpoint, AConditionKeepsItsStateBetweenAttempts) {
  EXPECT_EQ(apply({update(kStep, "START"), with_payload(update(kStep, "RETRY"), "state")}), "ok");
  make_ready("a");
  EXPECT_EQ(apply({update(kStep, "START")}), "ok");
  EXPECT_TRUE(known.at("a").has_result);
  EXPECT_TRUE(last.data.empty());
}

TEST_F(DurableCheckpoint, WhatHasEndedStaysAsItIs) {
  for (const std::string_view type : {kStep, kContext}) {
    const std::string id(type);
    EXPECT_EQ(apply({with_payload(update(type, "SUCCEED", id), "1")}), "ok");
    EXPECT_EQ(apply({with_payload(update(type, "SUCCEED", id), "2")}),
              "Invalid current " + id + " state to close.");
    EXPECT_EQ(apply({with_error(update(type, "FAIL", id), "x")}),
              "Invalid current " + id + " state to close.");
    EXPECT_NE(apply({update(type, "START", id)}), "ok");
  }
}

TEST_F(DurableCheckpoint, NothingOfARefusedCheckpointCounts) {
  const Operations before = known;
  EXPECT_NE(apply({update(kStep, "START"), update(kWait, "START", "a")}), "ok");
  EXPECT_TRUE(known.empty());
}

TEST_F(DurableCheckpoint, WaitsCallbacksAndChainedInvokesBeginOnce) {
  for (const std::string_view type : {kWait, kCallback, kChainedInvoke, kContext}) {
    const std::string id(type);
    EXPECT_EQ(apply({update(type, "START", id)}), "ok");
    EXPECT_EQ(apply({update(type, "START", id)}), "Cannot start a " + id + " that already exists.");
  }
  EXPECT_EQ(known.at("WAIT").due, kNow + seconds(10));
  EXPECT_FALSE(known.at("CALLBACK").due) << "no timeout was asked for";
  EXPECT_EQ(known.at("CALLBACK").secret, "secret");
  EXPECT_EQ(known.at("CHAINED_INVOKE").function, "f");
  EXPECT_FALSE(known.at("CONTEXT").pends());
  EXPECT_TRUE(known.at("WAIT").pends());
}

TEST_F(DurableCheckpoint, ACallbackMayHaveBothTimeouts) {
  OperationUpdate one = update(kCallback, "START");
  one.callback_options = {.timeout_seconds = 60, .heartbeat_timeout_seconds = 5};
  EXPECT_EQ(apply({one}), "ok");
  EXPECT_EQ(known.at("a").due, kNow + seconds(60));
  EXPECT_EQ(known.at("a").heartbeat_due, kNow + seconds(5));
}

TEST_F(DurableCheckpoint, WhatPendsIsCancelled) {
  for (const std::string_view type : {kWait, kCallback, kChainedInvoke}) {
    const std::string id(type);
    EXPECT_EQ(apply({update(type, "CANCEL", id)}),
              "Cannot cancel a " + id + " that does not exist or has already completed.");
    EXPECT_EQ(apply({update(type, "START", id), update(type, "CANCEL", id)}), "ok");
    EXPECT_EQ(status(id), kCancelled);
    EXPECT_FALSE(known.at(id).pends());
    EXPECT_NE(apply({update(type, "CANCEL", id)}), "ok");
  }
}

TEST_F(DurableCheckpoint, EachTypeHasItsActions) {
  EXPECT_EQ(apply({update(kWait, "SUCCEED")}), "Invalid WAIT action.");
  EXPECT_EQ(apply({update(kContext, "RETRY")}), "Invalid CONTEXT action.");
  EXPECT_EQ(apply({update(kStep, "CANCEL")}), "Invalid STEP action.");
  EXPECT_EQ(apply({update(kExecution, "START")}), "Invalid EXECUTION action.");
  EXPECT_EQ(apply({update(kCallback, "SUCCEED")}), "Invalid CALLBACK action.") << "only from outside";
}

TEST_F(DurableCheckpoint, WhatAnUpdateCarriesFitsItsAction) {
  EXPECT_EQ(apply({with_payload(update(kStep, "START"), "1")}), "Cannot provide a Payload for START action.");
  EXPECT_EQ(apply({with_payload(update(kStep, "FAIL"), "1")}), "Cannot provide a Payload for FAIL action.");
  EXPECT_EQ(apply({with_error(update(kStep, "SUCCEED"), "x")}),
            "Cannot provide an Error for SUCCEED action.");
  EXPECT_EQ(apply({with_payload(with_error(update(kStep, "RETRY"), "x"), "1")}),
            "Cannot provide both an Error and a Payload for RETRY action.");
  OperationUpdate wait = update(kWait, "START");
  wait.wait_options.reset();
  EXPECT_EQ(apply({wait}), "Invalid WaitOptions for the given action.");
  OperationUpdate step = update(kStep, "START");
  step.wait_options.emplace().wait_seconds = 1;
  EXPECT_EQ(apply({step}), "Cannot provide WaitOptions for a STEP operation.");
  OperationUpdate retry = update(kStep, "RETRY");
  retry.step_options.reset();
  EXPECT_EQ(apply({retry}), "Invalid StepOptions for the given action.");
}

TEST_F(DurableCheckpoint, ParentsAreContextsThatAreThere) {
  EXPECT_EQ(apply({inside(update(kStep, "START"), "c")}), "Invalid parent operation id.");
  EXPECT_EQ(apply({update(kContext, "START", "c"), inside(update(kStep, "START"), "c")}), "ok");
  EXPECT_EQ(apply({inside(update(kStep, "START", "b"), "a")}), "Invalid parent operation id.")
      << "a step is none";
  EXPECT_EQ(apply({inside(update(kContext, "START", "d"), "d")}), "Invalid parent operation id.");
}

TEST_F(DurableCheckpoint, AnOperationStaysWhatItIs) {
  OperationUpdate begun = update(kStep, "START");
  begun.name = "n";
  begun.sub_type = "Step";
  EXPECT_EQ(apply({begun}), "ok");
  EXPECT_EQ(apply({update(kContext, "SUCCEED")}), "Inconsistent operation type.");
  OperationUpdate other = update(kStep, "SUCCEED");
  other.name = "m";
  EXPECT_EQ(apply({other}), "Inconsistent operation name.");
  other.name = "n";
  other.sub_type = "Wait";
  EXPECT_EQ(apply({other}), "Inconsistent operation subtype.");
  other.sub_type.reset();
  EXPECT_EQ(apply({other}), "ok");
}

TEST_F(DurableCheckpoint, TheExecutionEndsLast) {
  EXPECT_EQ(apply({with_payload(update(kExecution, "SUCCEED", "x"), "1"), update(kStep, "START")}),
            "EXECUTION checkpoint must be the last update.");
  EXPECT_EQ(apply({update(kStep, "START"), with_payload(update(kExecution, "SUCCEED", "x"), "1")}), "ok");
  EXPECT_EQ(last.ending->status, kSucceeded);
  EXPECT_EQ(last.ending->result, "1");
  EXPECT_EQ(apply({with_error(update(kExecution, "FAIL", "x"), "no")}), "ok");
  EXPECT_EQ(last.ending->status, kFailed);
  EXPECT_EQ(last.ending->error->message, "no");
}

TEST_F(DurableCheckpoint, PayloadsHaveALimit) {
  const std::string most(limits::kDurablePayloadBytesMax, 'x');
  EXPECT_EQ(apply({with_payload(update(kStep, "SUCCEED"), most)}), "ok");
  EXPECT_EQ(apply({with_payload(update(kStep, "SUCCEED", "b"), most + "x")}),
            "STEP output payload size must be less than or equal to 1048576 bytes.");
  EXPECT_EQ(apply({with_payload(update(kChainedInvoke, "START", "b"), most + "x")}),
            "CHAINED_INVOKE input payload size must be less than or equal to 1048576 bytes.");
  EXPECT_EQ(apply({with_error(update(kStep, "FAIL", "b"), most + "x")}),
            "STEP error payload size must be less than or equal to 1048576 bytes.");
  EXPECT_NE(apply({with_payload(update(kExecution, "SUCCEED", "x"), most + "x")}), "ok")
      << "nobody waits for it";
  execution.synchronous = true;
  EXPECT_EQ(apply({with_payload(update(kExecution, "SUCCEED", "x"), most + "x")}), "ok");
}

TEST_F(DurableCheckpoint, ACheckpointIsOneTransaction) {
  std::vector<OperationUpdate> many;
  for (int number = 0; number < 8; ++number) {
    many.push_back(
        with_payload(update(kStep, "SUCCEED", std::to_string(number)), std::string(1'000'000, 'x')));
  }
  EXPECT_TRUE(apply(many).starts_with("Checkpoint payloads must be"));
  many.pop_back();
  EXPECT_EQ(apply(many), "ok");
}

TEST_F(DurableCheckpoint, TooManyOperationsEndTheExecution) {
  execution.operations = limits::kDurableOperationsMax - 1;
  EXPECT_EQ(apply({update(kStep, "START")}), "ok");
  EXPECT_FALSE(last.ending);
  EXPECT_EQ(apply({update(kStep, "START", "b")}), "ok");
  EXPECT_EQ(last.ending->status, kFailed);
  EXPECT_EQ(last.ending->error->type, "ServiceQuotaExceededException");
}

TEST_F(DurableCheckpoint, TooMuchDataEndsTheExecution) {
  execution.bytes = limits::kDurableBytesMax - 1;
  EXPECT_EQ(apply({with_payload(update(kStep, "SUCCEED"), "1")}), "ok");
  EXPECT_FALSE(last.ending);
  EXPECT_EQ(apply({with_payload(update(kStep, "SUCCEED", "b"), "12")}), "ok");
  EXPECT_EQ(last.ending->error->type, "ServiceQuotaExceededException");
}

TEST_F(DurableCheckpoint, OrderIsThatOfStarts) {
  EXPECT_EQ(apply({update(kStep, "START", "z"), update(kStep, "START", "a"), update(kStep, "SUCCEED", "z")}),
            "ok");
  EXPECT_LT(known.at("z").order, known.at("a").order);
  EXPECT_EQ(apply({update(kStep, "START", "b")}), "ok");
  EXPECT_LT(known.at("a").order, known.at("b").order);
}

}  // namespace
}  // namespace hearth::services::lambda
