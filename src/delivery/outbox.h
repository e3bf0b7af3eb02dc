// The outbox: events that were committed together with what caused them, on their way to their targets.
//
//   outbox.enqueue(tx, {.sender = {...}, .target_arn = arn, .body = record});   // in the cause's transaction
//
// That the target has it and that the outbox has it no more is one transaction, so inside the platform
// nothing is lost and nothing comes twice. What a target does not take now is tried again, later each time;
// what it never will, or not in time, goes to the dead letter target or is reported in the log.
//
// Threads: enqueue() anywhere; the loop that run() is on.
#pragma once
#include "delivery/delivery.h"
#include "delivery/queue.h"
#include "delivery/target.h"

namespace hearth::delivery {

class Outbox {
 public:
  // So many deliveries to one target are under way at once.
  static constexpr size_t kToTargetMax = 64;

  // All outlive it.
  Outbox(store::Store& store, const Targets& targets, const Clock& clock, Random& random);

  // REQUIRES a body of at most Queue::kBodyBytesMax.
  void enqueue(store::Transaction& tx, Delivery delivery);

  // Delivers until its scope ends. Once.
  Task<void> run();

 private:
  struct Tried;  // a delivery and how it has gone so far

  void put(store::Transaction& tx, Tried tried);
  Task<Verdict> handle(Message message);
  Task<Verdict> attempt(Tried tried);
  Verdict failed(Tried tried, Error error);
  Verdict give_up(Tried tried, Error error, std::string exhausted);

  const Targets& targets_;
  const Clock& clock_;
  Random& random_;
  Queue queue_;
};

}  // namespace hearth::delivery
