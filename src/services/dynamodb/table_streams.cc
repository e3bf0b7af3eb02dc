#include "services/dynamodb/table_streams.h"

#include "base/clock.h"

namespace hearth::services::dynamodb {
namespace {

// 2026-01-31T12:34:56.789
std::string label_of(TimePoint time) {
  std::string label = iso8601_ms(time);
  label.pop_back();  // the zone
  return label;
}

}  // namespace

store::Key streams_prefix(const std::string& account, const std::string& region) {
  return store::Key("dynamodb.streams", account, region);
}

void start_stream(store::Transaction& tx, const TableRef& ref, TableRecord& table, std::string view,
                  uint64_t number, TimePoint now) {
  table.stream = {.enabled = true, .view = view, .label = label_of(now), .number = number};
  const StreamRecord stream{
      .number = number, .view = std::move(view), .keys = table.keys, .created_ms = epoch_ms(now)};
  store::Table<StreamRecord>(tx, streams_prefix(ref.account, ref.region))
      .put(store::Key(ref.name, table.stream.label), stream);
}

Async<void> end_stream(store::Transaction& tx, const TableRef& ref, TableRecord& table, TimePoint now) {
  table.stream.enabled = false;
  store::Table<StreamRecord> streams(tx, streams_prefix(ref.account, ref.region));
  const store::Key key(ref.name, table.stream.label);
  TRY(auto stream, co_await streams.get(key));
  if (!stream) co_return {};
  stream->ended_ms = epoch_ms(now);
  streams.put(key, *stream);
  co_return {};
}

}  // namespace hearth::services::dynamodb
