#include "services/logs/records.h"

#include <algorithm>

namespace hearth::services::logs {
namespace {

using store::Key;

constexpr size_t kPieceBytes = 60 * 1024;

// Appends a row's event, or continues the one before.
Status add_row(const store::Row& row, size_t prefix_bytes, bool reverse, std::vector<Event>& events) {
  TRY_SYNC(auto key,
           store::parse_key<int64_t, uint64_t, uint64_t>(std::string_view(row.key).substr(prefix_bytes)));
  TRY_SYNC(auto record, store::decode<EventRecord>(row.value));
  const auto [time_ms, number, piece] = key;
  if (!events.empty() && events.back().number == number && events.back().time_ms == time_ms) {
    Event& event = events.back();
    event.message = reverse ? record.message + event.message : event.message + record.message;
    return {};
  }
  events.push_back({.time_ms = time_ms,
                    .number = number,
                    .stream = std::move(record.stream),
                    .ingested_ms = record.ingested_ms,
                    .message = std::move(record.message)});
  return {};
}

}  // namespace

void put_event(store::Transaction& tx, const Key& events, const std::string& stream, const Event& event) {
  uint64_t piece = 0;
  for (size_t start = 0; start == 0 || start < event.message.size(); start += kPieceBytes) {
    const EventRecord record{.stream = stream,
                             .ingested_ms = event.ingested_ms,
                             .message = event.message.substr(start, kPieceBytes)};
    tx.put((events + Key(event.time_ms, event.number, piece++)).bytes(), store::encode(record));
  }
}

Async<std::optional<std::string>> erase_events(store::Transaction& tx, store::KeyRange range,
                                               std::string stream, size_t rows_max) {
  TRY(const store::Page page,
      co_await tx.scan({.range = std::move(range), .rows_max = rows_max}, store::Isolation::kSnapshot));
  for (const store::Row& row : page.rows) {
    TRY(const auto record, store::decode<EventRecord>(row.value));
    if (record.stream == stream) tx.erase(row.key);
  }
  if (!page.more) co_return std::nullopt;
  co_return store::key_after(page.rows.back().key);
}

Async<EventPage> read_events(store::Transaction& tx, Key events, EventRange range, size_t rows_max) {
  const store::KeyRange keys{.begin = (events + Key(range.begin_ms, range.begin_number)).bytes(),
                             .end = (events + Key(range.end_ms, range.end_number)).bytes()};
  TRY(store::Page rows, co_await tx.scan({.range = keys, .rows_max = rows_max, .reverse = range.reverse},
                                         store::Isolation::kSnapshot));
  EventPage page{.more = rows.more};
  for (const store::Row& row : rows.rows) {
    TRY_VOID(add_row(row, events.bytes().size(), range.reverse, page.events));
  }
  // The last event may go on behind the page: it is read again with the next, if it is not the only one.
  if (page.more && page.events.size() > 1) page.events.pop_back();
  if (range.reverse) std::reverse(page.events.begin(), page.events.end());
  co_return page;
}

}  // namespace hearth::services::logs
