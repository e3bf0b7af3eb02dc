// Handing messages out: one transaction finds what may be received, and makes it the receivers' for a while.
// It serves many receivers of a queue at once, so that they do not get in each other's way.
//
// A message that may be received is found by its row in an index by time (standard queues) or by a hint on
// its group (FIFO queues). What decides is its receipt's row, or its group's: two claims, or a claim and a
// delete, of the same message conflict, and nothing else does.
#pragma once
#include <span>

#include "services/sqs/dead_letters.h"

namespace hearth::services::sqs {

// What a receiver wants.
struct Want {
  size_t count = 1;
  std::optional<int64_t> visibility_s = {};  // otherwise the queue's
};

struct Claim {
  MessageKey message;
  ReceiptRecord receipt;
};

struct Claims {
  QueueRecord queue;
  std::vector<std::vector<Claim>> of_want;
  bool exhausted = false;           // there was nothing more to be had
  std::optional<int64_t> next_us;   // when there will be, as far as is known; said when exhausted
  std::optional<int64_t> first_us;  // since when the first that was found could be received
  size_t count = 0;
};

class Claimer {
 public:
  explicit Claimer(Parts parts) : parts_(parts) {}
  // What messages are given to is in the order of the wants. Errors: "QueueDoesNotExist", the store's.
  // Looks for what may be received since `from_us`: where nothing older is left, there is only the trace of
  // what was, and it takes long to pass over.
  Async<Claims> claim(QueueRef ref, std::vector<Want> wants, int64_t from_us = 0) const;

 private:
  Parts parts_;
};

// How many messages of a queue are in flight, and how many are delayed at first; each counted up to a limit.
struct Unavailable {
  size_t in_flight = 0;
  size_t delayed = 0;
};
Async<Unavailable> count_unavailable(store::Transaction& tx, QueueRecord queue, int64_t moment_us);

// Within one claim: who is next to be given something.
class Hand {
 public:
  Hand(Claims& claims, const std::vector<Want>& wants) : claims_(claims), wants_(wants) {
    claims_.of_want.resize(wants.size());
    skip();
  }
  bool full() const { return at_ == wants_.size(); }
  size_t left() const;
  // Who is next, and how many that one still wants.
  size_t receiver() const { return at_; }
  size_t wanted() const { return wants_[at_].count - claims_.of_want[at_].size(); }
  int64_t visibility_us(const QueueRecord& queue) const;
  void give(Claim claim);

 private:
  void skip() {
    while (at_ < wants_.size() && claims_.of_want[at_].size() >= wants_[at_].count) ++at_;
  }
  Claims& claims_;
  const std::vector<Want>& wants_;
  size_t at_ = 0;
};

// One transaction's work. `queue`, `hand` and what it fills outlive the task.
struct ClaimWork {
  store::Transaction& tx;
  const QueueRecord& queue;
  const DeadLetters& dead_letters;
  Hand& hand;
  Claims& claims;
  Moments& moments;
  int64_t moment_us;
  int64_t from_us = 0;
  size_t given_up_bytes = 0;

  bool expired(const MessageKey& key) const {
    return key.since_us + queue.retention_s * 1'000'000 <= moment_us;
  }
  // Takes from the queue's hands a message that is too old or was received too often: false if it is neither.
  // Nothing is done, and `full` is set, when this transaction has no room for another dead letter.
  Async<bool> let_go(MessageKey message, ReceiptRecord receipt);
  bool full = false;
  // The receipt of another receive from now on.
  ReceiptRecord received(ReceiptRecord receipt) const;
};
Async<void> claim_standard(ClaimWork& work);
Async<void> claim_fifo(ClaimWork& work);

}  // namespace hearth::services::sqs
