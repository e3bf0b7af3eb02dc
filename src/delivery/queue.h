// A durable queue: messages wait in the store until their time, are handed to a handler, and leave when it
// says so. Putting one in is part of the caller's transaction, so it is there exactly when that has
// committed. A crash repeats a delivery at most and forgets none.
//
// Keys: ("queue", name, "due", time, id) holds the message's header and how many pieces its body has;
// ("queue", name, "body", id, n) holds the pieces.
//
// Threads: the loop that run() is on. enqueue() anywhere.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "io/task_scope.h"
#include "store/store.h"

namespace hearth::delivery {

struct Message {
  std::string header;  // the user's record of what it is and how often it was tried; at most 32 KiB
  std::string body;    // at most kBodyBytesMax
};

// What comes of a delivery.
struct Verdict {
  // Nothing: the message has been dealt with. Otherwise it is handed out again then, with this header.
  std::optional<TimePoint> again_at;
  std::string header = {};
  // Further writes of the same transaction, so that what follows from a delivery is never lost. May run
  // again.
  std::function<void(store::Transaction&)> also = {};
};

class Queue {
 public:
  static constexpr size_t kBodyBytesMax = 2 * 1024 * 1024;
  static constexpr size_t kInFlightMax = 512;

  using Handler = std::function<Task<Verdict>(Message)>;

  Queue(store::Store& store, const Clock& clock, Random& random, std::string name);

  // REQUIRES a body of at most kBodyBytesMax.
  void enqueue(store::Transaction& tx, const Message& message, TimePoint due);

  // Hands out what is due until its scope ends, and deliveries under way with it. Once; the queue outlives
  // it.
  Task<void> run(Handler handler);
  // Messages that wait or are being handled, counted up to a thousand.
  Async<size_t> depth();

 private:
  struct Waiting {
    std::string key;
    TimePoint due;
    std::string value;
  };

  // Starts what is due and free; gives the time of the next.
  Async<std::optional<TimePoint>> start_due(const Handler& handler);
  Task<void> deliver(const Handler& handler, Waiting waiting);
  Async<void> settle(Waiting waiting, Verdict verdict);
  // Nothing when it has been settled already.
  Async<std::optional<Message>> read(const Waiting& waiting);

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  store::Key due_;
  store::Key bodies_;
  std::set<std::string> in_flight_;  // keys
  bool starved_ = false;             // something is due and had no place
  io::TaskScope deliveries_;
};

}  // namespace hearth::delivery
