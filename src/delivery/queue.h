// A durable queue: messages wait in the store until their time, are handed to a handler, and leave when it
// says so. Putting one in is part of the caller's transaction, so it is there exactly when that has
// committed. A crash repeats a delivery at most and forgets none.
//
// Messages are in lanes, and lanes in groups: of an outbox the groups are targets and the lanes their
// sources. Lanes take turns, and no group has more under way than it may, so nobody's backlog holds up the
// others. What is due at once is handed out in the order of the commits, lane by lane.
//
// Keys: ("queue", name, "ready", group, lane, stamp) holds what is due, ("queue", name, "later", time, id)
// what waits for its time, both without the body, which is under ("queue", name, "body", id).
//
// Threads: the loop that run() is on. enqueue() anywhere.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "io/task_scope.h"
#include "store/store.h"

namespace hearth::delivery {

struct Lane {
  std::string group;
  std::string name;
  auto operator<=>(const Lane&) const = default;
};

struct Message {
  std::string header;  // the user's record of what it is and how often it was tried; at most 64 KiB
  std::string body;    // at most kBodyBytesMax
  Lane lane = {};
  // Of messages of one lane and order, the first tries come one after the other; empty: in no order.
  std::string order = {};
};

// What comes of a delivery.
struct Verdict {
  // Nothing: the message has been dealt with. Otherwise it is handed out again then, with this header.
  std::optional<TimePoint> again_at = {};
  std::string header = {};
  // Further writes of the same transaction, so that what follows from a delivery is never lost. May run
  // again. An error that is not the store's is what `otherwise` makes another verdict of.
  std::function<Async<void>(store::Transaction&)> also = {};
  std::function<Verdict(Error)> otherwise = {};
};

struct QueueLimits {
  size_t in_flight_max = 512;
  size_t group_in_flight_max = 256;
};

class Queue {
 public:
  static constexpr size_t kBodyBytesMax = store::Limits::kValueBytesMax;

  using Handler = std::function<Task<Verdict>(Message)>;

  Queue(store::Store& store, const Clock& clock, Random& random, std::string name, QueueLimits limits = {});

  // REQUIRES a body of at most kBodyBytesMax.
  void enqueue(store::Transaction& tx, const Message& message, TimePoint due);

  // Hands out what is due until its scope ends, and deliveries under way with it. Once; the queue outlives
  // it.
  Task<void> run(Handler handler);
  // Messages that wait or are being handled, counted up to a thousand of either kind.
  Async<size_t> depth();

 private:
  struct Record;
  struct Waiting {
    std::string key;
    std::string value;
    Lane lane;
    std::string order;
  };
  class Turns;

  void put_later(store::Transaction& tx, const Record& record, TimePoint due);
  // Starts what is due and free; gives the time of the next.
  Async<std::optional<TimePoint>> start_due(const Handler& handler);
  Async<std::optional<TimePoint>> start_later(const Handler& handler);
  // One turn for each lane. Whether anything was started.
  Async<bool> start_ready(const Handler& handler);
  bool has_room(const std::string& group);
  // Unless it is under way already.
  bool start(const Handler& handler, Waiting waiting);
  void finished(const Waiting& waiting);
  Task<void> deliver(const Handler& handler, Waiting waiting);
  Async<void> settle(Waiting waiting, Verdict verdict);
  Task<void> settle_surely(Waiting waiting, Verdict verdict);
  // Nothing when it has been settled already.
  Async<std::optional<Message>> read(const Waiting& waiting);

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  const QueueLimits limits_;
  store::Key all_;
  store::Key ready_;
  store::Key later_;
  store::Key bodies_;
  std::set<std::string> in_flight_;             // keys
  std::map<std::string, size_t> in_flight_of_;  // by group
  std::set<std::pair<Lane, std::string>> orders_in_flight_;
  bool starved_ = false;  // something is due and had no place
  io::TaskScope deliveries_;
};

}  // namespace hearth::delivery
