// What CloudWatch Logs keeps in the store. Keys, all under ("logs", account, region):
//
//   ("group", name)                      GroupRecord
//   ("stream", group, name)              StreamRecord
//   ("event", group, time, number, n)    EventRecord; n > 0 continues a message too long for one row
//
// Events lie in the order in which a group is read: by time, then by arrival. `number` grows with every
// event.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "store/table.h"

namespace hearth::services::logs {

struct GroupRecord {
  int64_t created_ms = 0;
  std::optional<int64_t> retention_days;
  std::map<std::string, std::string> tags;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.created_ms);
    visit(2, self.retention_days);
    visit(3, self.tags);
  }
};

struct StreamRecord {
  int64_t created_ms = 0;
  int64_t first_ms = 0;  // of its events; 0 while it has none
  int64_t last_ms = 0;
  int64_t ingested_ms = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.created_ms);
    visit(2, self.first_ms);
    visit(3, self.last_ms);
    visit(4, self.ingested_ms);
  }
};

struct EventRecord {
  std::string stream;
  int64_t ingested_ms = 0;
  std::string message;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.stream);
    visit(2, self.ingested_ms);
    visit(3, self.message);
  }
};

// What is read of a stream says which; what is written goes to the stream that is said beside it.
struct Event {
  int64_t time_ms = 0;
  uint64_t number = 0;
  std::string stream;
  int64_t ingested_ms = 0;
  std::string message;
};

struct Tables {
  Tables(store::Transaction& tx, const std::string& account, const std::string& region)
      : groups(tx, scope(account, region) + store::Key("group")),
        streams(tx, scope(account, region) + store::Key("stream")) {}

  static store::Key scope(const std::string& account, const std::string& region) {
    return store::Key("logs", account, region);
  }
  // One group's streams, by name alone.
  static store::Table<StreamRecord> streams_of(store::Transaction& tx, const std::string& account,
                                               const std::string& region, const std::string& group) {
    return {tx, scope(account, region) + store::Key("stream", group)};
  }
  static store::Key events(const std::string& account, const std::string& region, const std::string& group) {
    return scope(account, region) + store::Key("event", group);
  }

  store::Table<GroupRecord> groups;
  store::Table<StreamRecord> streams;
};

// Writes one event, in as many rows as it needs.
void put_event(store::Transaction& tx, const store::Key& events, const std::string& stream,
               const Event& event);

// Erases the events of one stream among the next rows of a range; gives where the next rows begin, or nothing
// at the end.
Async<std::optional<std::string>> erase_events(store::Transaction& tx, store::KeyRange range,
                                               std::string stream, size_t rows_max);

// A page of a group's events with begin <= (time, number) < end.
struct EventPage {
  std::vector<Event> events;
  bool more = false;
};
struct EventRange {
  int64_t begin_ms = 0;
  uint64_t begin_number = 0;
  int64_t end_ms = INT64_MAX;
  uint64_t end_number = 0;
  bool reverse = false;
};
Async<EventPage> read_events(store::Transaction& tx, store::Key events, EventRange range, size_t rows_max);

}  // namespace hearth::services::logs
