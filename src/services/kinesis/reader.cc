#include "services/kinesis/reader.h"

namespace hearth::services::kinesis {
namespace {

using store::Key;

constexpr size_t kRowsAtOnce = 1000;
constexpr int kScansMax = 16;  // of records that nobody wants; the reader comes again

Result<Got> got(const Key& records, const store::Row& row) {
  TRY_SYNC(const auto key,
           store::parse_key<store::Stamp>(std::string_view(row.key).substr(records.bytes().size())));
  TRY_SYNC(DataRecord record, store::decode<DataRecord>(row.value));
  return Got{.stamp = std::get<0>(key), .record = std::move(record)};
}

// The first record at or behind a stamp, or the last one of all.
Async<std::optional<Got>> one(store::Transaction& tx, Key records, store::KeyRange range, bool last) {
  TRY(const store::Page page, co_await tx.scan({.range = std::move(range), .rows_max = 1, .reverse = last}));
  if (page.rows.empty()) co_return std::optional<Got>();
  TRY(Got found, got(records, page.rows.front()));
  co_return std::optional<Got>(std::move(found));
}

}  // namespace

Async<GotPage> read_records(store::Transaction& tx, Key records, Reading reading) {
  GotPage page{.next = reading.from};
  store::KeyRange left{.begin = (records + Key(reading.from)).bytes(), .end = records.under().end};
  size_t bytes = 0;
  page.more = true;
  for (int scans = 0; scans < kScansMax && page.more && page.records.size() < reading.records_max &&
                      bytes < reading.bytes_max;
       ++scans) {
    TRY(const store::Page rows,
        co_await tx.scan(
            {.range = left,
             .rows_max = reading.wants ? kRowsAtOnce : std::min(kRowsAtOnce, reading.records_max),
             .bytes_max = reading.bytes_max - bytes}));
    page.more = rows.more;
    if (rows.more) left.begin = store::key_after(rows.rows.back().key);
    for (size_t i = 0; i < rows.rows.size(); ++i) {
      TRY(Got found, got(records, rows.rows[i]));
      page.next = found.stamp.next();
      if (found.record.arrived < reading.horizon) continue;
      if (reading.wants && !reading.wants(found.record.partition_key)) continue;
      bytes += found.record.data.size() + found.record.partition_key.size();
      page.records.push_back(std::move(found));
      if (page.records.size() < reading.records_max && bytes < reading.bytes_max) continue;
      page.more = page.more || i + 1 < rows.rows.size();
      break;
    }
  }
  co_return page;
}

Async<store::Stamp> latest(store::Transaction& tx, Key records) {
  TRY(const auto last, co_await one(tx, records, records.under(), true));
  co_return last ? last->stamp.next() : store::Stamp{};
}

// Halves the range of versions in which it must be.
Async<store::Stamp> first_since(store::Transaction& tx, Key records, TimePoint time) {
  TRY(const auto first, co_await one(tx, records, records.under(), false));
  TRY(const auto last, co_await one(tx, records, records.under(), true));
  if (!first || first->record.arrived >= time) co_return store::Stamp{};
  if (last->record.arrived < time) co_return last->stamp.next();
  // `low` arrived before; what is first at or behind `high` did not.
  store::Stamp low = first->stamp;
  store::Stamp high = last->stamp;
  while (low.version + 1 < high.version) {
    const store::Stamp middle{.version = low.version + (high.version - low.version) / 2};
    TRY(const auto found,
        co_await one(tx, records, {(records + Key(middle)).bytes(), records.under().end}, false));
    if (found->record.arrived >= time) {
      high = middle;
    } else {
      low = found->stamp;
    }
  }
  TRY(const GotPage rest,
      co_await read_records(tx, records, {.from = low, .horizon = time, .records_max = 1, .bytes_max = 1}));
  co_return rest.records.empty() ? last->stamp.next() : rest.records.front().stamp;
}

}  // namespace hearth::services::kinesis
