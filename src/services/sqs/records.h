// What SQS keeps in the store.
//
// ("sqs", account, region):
//   ("queue", name)                      QueueRecord
//   ("deleted", name)                    DeletedRecord
// ("sqs.tasks", account, region):
//   (name, started)                      TaskRecord: moves of messages from that queue
// ("sqs.moving", account, region, name)  when the task was started that is not at its end, as a counter
//
// What is in a queue is told at Contents.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/table.h"

namespace hearth::services::sqs {

using Tags = std::map<std::string, std::string>;

struct QueueRecord {
  uint64_t id = 0;        // of this queue for its life
  uint64_t contents = 0;  // of what is in it, until it is purged
  int64_t created_s = 0;
  int64_t modified_s = 0;
  int64_t purged_ms = 0;

  int64_t visibility_s = 30;
  int64_t delay_s = 0;
  int64_t retention_s = 345'600;
  int64_t size_max = 1'048'576;
  int64_t wait_s = 0;
  bool fifo = false;
  bool by_content = false;
  std::string deduplication_scope;
  std::string throughput_limit;
  // As they were given; empty for none.
  std::string redrive;
  std::string redrive_allow;
  std::string policy;
  std::string kms_key;
  std::string kms_reuse_s;
  std::string managed_sse;
  Tags tags;
  // What `redrive` says.
  std::string dead_letter_arn;
  int64_t receives_max = 0;

  bool by_group() const { return deduplication_scope == "messageGroup"; }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.contents);
    visit(3, self.created_s);
    visit(4, self.modified_s);
    visit(5, self.purged_ms);
    visit(6, self.visibility_s);
    visit(7, self.delay_s);
    visit(8, self.retention_s);
    visit(9, self.size_max);
    visit(10, self.wait_s);
    visit(11, self.fifo);
    visit(12, self.by_content);
    visit(13, self.deduplication_scope);
    visit(14, self.throughput_limit);
    visit(15, self.redrive);
    visit(16, self.redrive_allow);
    visit(17, self.policy);
    visit(18, self.kms_key);
    visit(19, self.kms_reuse_s);
    visit(20, self.managed_sse);
    visit(21, self.tags);
    visit(22, self.dead_letter_arn);
    visit(23, self.receives_max);
  }
};

// A move of the messages of a dead letter queue.
struct TaskRecord {
  std::string id;
  std::string source_arn;
  std::string destination_arn;  // empty: each to where it came from
  int64_t rate = 0;             // messages a second; 0: as fast as it goes
  std::string status;
  std::string failure;
  int64_t started_ms = 0;
  int64_t moved = 0;
  int64_t to_move = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.source_arn);
    visit(3, self.destination_arn);
    visit(4, self.rate);
    visit(5, self.status);
    visit(6, self.failure);
    visit(7, self.started_ms);
    visit(8, self.moved);
    visit(9, self.to_move);
  }
};

// A name that was in use a moment ago.
struct DeletedRecord {
  int64_t at_ms = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.at_ms);
  }
};

struct AttributeRecord {
  std::string type;
  std::string value;  // text, or the bytes of a Binary
  bool binary() const { return type.starts_with("Binary"); }
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.type);
    visit(2, self.value);
  }
};
using Attributes = std::map<std::string, AttributeRecord>;

// Names a message within a queue's contents.
struct MessageKey {
  int64_t since_us = 0;
  std::string id;  // 16 bytes of a UUID

  store::Key key() const { return store::Key(since_us, store::Bytes{id}); }
  auto operator<=>(const MessageKey&) const = default;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.since_us);
    visit(2, self.id);
  }
};

struct MessageRecord {
  std::string body;
  std::string body_md5;
  Attributes attributes;
  std::string trace;
  std::string sender_id;
  std::string group;
  std::string deduplication_id;
  int64_t sequence = 0;
  int64_t sent_ms = 0;
  int64_t visible_us = 0;  // at first; in a FIFO queue its delay not counted
  std::string source_arn;  // the queue that gave it up

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.body);
    visit(2, self.body_md5);
    visit(3, self.attributes);
    visit(4, self.trace);
    visit(5, self.sender_id);
    visit(6, self.group);
    visit(7, self.deduplication_id);
    visit(8, self.sequence);
    visit(9, self.sent_ms);
    visit(10, self.visible_us);
    visit(11, self.source_arn);
  }
};

// A message that was received: how often, and until when it is its receiver's.
struct ReceiptRecord {
  int64_t visible_us = 0;
  int64_t receives = 0;
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  // FIFO: its place.
  std::string group;
  store::Stamp stamp;
  int64_t receives_elsewhere = 0;  // of `receives`, those from the queues that gave it up

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.visible_us);
    visit(2, self.receives);
    visit(3, self.first_ms);
    visit(4, self.last_ms);
    visit(5, self.group);
    visit(6, self.stamp.version);
    visit(7, self.stamp.order);
    visit(8, self.receives_elsewhere);
  }
};

// Messages of a group that are in flight: as long as there are any, the group gives out no others.
struct GroupRecord {
  struct InFlight {
    MessageKey message;
    int64_t until_us = 0;
    template <typename Self>
    static void fields(Self& self, auto& visit) {
      visit(1, self.message);
      visit(2, self.until_us);
    }
  };
  std::vector<InFlight> in_flight;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.in_flight);
  }
};

// What was sent first with a deduplication id.
struct DuplicateRecord {
  std::string id;
  int64_t sequence = 0;
  int64_t sent_us = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.sequence);
    visit(3, self.sent_us);
  }
};

// What a receive was given that may be tried again.
struct AttemptRecord {
  struct Given {
    MessageKey message;
    int64_t receives = 0;
    int64_t visible_us = 0;
    template <typename Self>
    static void fields(Self& self, auto& visit) {
      visit(1, self.message);
      visit(2, self.receives);
      visit(3, self.visible_us);
    }
  };
  int64_t at_us = 0;
  std::vector<Given> given;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.at_us);
    visit(2, self.given);
  }
};

inline constexpr std::string_view kInFlight = "r";

// ("sqs.count", queue's id, "in" | "out") count the messages that came and that left. "in" is also what
// receivers wait for: whoever makes a message available adds to it, if only zero.
//
// ("sqs.messages", the contents' number):
//   ("m", since, id)                     MessageRecord
//   ("s", since, id)                     ReceiptRecord, from the first receive on
//   standard queues:
//   ("v", visible, since, id)            when each message may be received; kInFlight when it was before
//   FIFO queues:
//   ("f", group, stamp)                  MessageKey: a group's messages in the order of their commits
//   ("h", time, group)                   from when on there may be something to be had of a group: a hint
//   ("g", group)                         GroupRecord, while messages of it are in flight
//   ("d", scope, deduplication id)       DuplicateRecord
//   ("x", sent, scope, deduplication id) the same in the order in which they end
//   ("a", attempt id)                    AttemptRecord
//   ("y", time, attempt id)              the same in the order in which they end
//
// Times in keys are microseconds; `since` is when a message came to this queue and with its id names it. A
// purge gives the queue another contents' number, so what is left of the old belongs to nobody. No row is
// read and written by all senders or all receivers: they do not get in each other's way.
struct Contents {
  Contents(store::Transaction& tx, const QueueRecord& queue)
      : base(store::Key("sqs.messages", queue.contents)),
        messages(tx, base + store::Key("m")),
        receipts(tx, base + store::Key("s")),
        groups(tx, base + store::Key("g")),
        duplicates(tx, base + store::Key("d")),
        attempts(tx, base + store::Key("a")) {}

  store::Key visible() const { return base + store::Key("v"); }
  std::string visible(int64_t at_us, const MessageKey& message) const {
    return (visible() + store::Key(at_us) + message.key()).bytes();
  }
  store::Key order(const std::string& group) const { return base + store::Key("f", group); }
  store::Key hints() const { return base + store::Key("h"); }
  std::string hint(int64_t at_us, const std::string& group) const {
    return (hints() + store::Key(at_us, group)).bytes();
  }
  store::Key duplicate_ends() const { return base + store::Key("x"); }
  store::Key attempt_ends() const { return base + store::Key("y"); }

  store::Key base;
  store::Table<MessageRecord> messages;
  store::Table<ReceiptRecord> receipts;
  store::Table<GroupRecord> groups;
  store::Table<DuplicateRecord> duplicates;
  store::Table<AttemptRecord> attempts;
};

inline std::string count_key(const QueueRecord& queue, std::string_view which) {
  return store::Key("sqs.count", queue.id, which).bytes();
}
// Counts one that came, and tells the receivers that wait.
inline void count_in(store::Transaction& tx, const QueueRecord& queue, int64_t count = 1) {
  tx.add(count_key(queue, "in"), count);
}
inline void count_out(store::Transaction& tx, const QueueRecord& queue, int64_t count = 1) {
  tx.add(count_key(queue, "out"), count);
}

}  // namespace hearth::services::sqs
