#include "services/dynamodb/change_log.h"

#include <charconv>

#include <fmt/format.h>

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kVersionDigits = 20;
constexpr size_t kOrderDigits = 5;
constexpr int kScansMax = 16;  // of changes that nobody wants; the reader comes again

template <typename Number>
bool read_digits(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Result<Change> change_of(const store::Row& row, size_t prefix_bytes) {
  TRY_SYNC(const auto stamp, store::parse_key<store::Stamp>(std::string_view(row.key).substr(prefix_bytes)));
  TRY_SYNC(auto record, store::decode<ChangeRecord>(row.value));
  return Change{.stamp = std::get<0>(stamp), .record = std::move(record)};
}

}  // namespace

store::Key changes_prefix(uint64_t stream_number) {
  return store::Key("dynamodb.changes", stream_number);
}

std::string sequence_number(store::Stamp stamp) {
  return fmt::format("1{:020}{:05}", stamp.version, stamp.order);
}

std::optional<store::Stamp> parse_sequence_number(std::string_view digits) {
  if (digits.size() != 1 + kVersionDigits + kOrderDigits || digits[0] != '1') return {};
  store::Stamp stamp;
  if (!read_digits(digits.substr(1, kVersionDigits), stamp.version)) return {};
  if (!read_digits(digits.substr(1 + kVersionDigits), stamp.order)) return {};
  return stamp;
}

Async<ChangePage> read_changes(store::Transaction& tx, uint64_t stream_number, ChangeReading reading) {
  const store::Key prefix = changes_prefix(stream_number);
  ChangePage page{.changes = {}, .next = reading.from, .more = true};
  store::KeyRange left{.begin = (prefix + store::Key(reading.from)).bytes(), .end = prefix.under().end};
  size_t bytes = 0;
  const auto full = [&] { return page.changes.size() >= reading.records_max || bytes >= reading.bytes_max; };
  for (int scans = 0; scans < kScansMax && page.more && !full(); ++scans) {
    const size_t rows_max =
        reading.wants ? ChangeReading().records_max : reading.records_max - page.changes.size();
    TRY(const store::Page rows, co_await tx.scan({.range = left, .rows_max = rows_max}));
    size_t at = 0;
    for (; at < rows.rows.size() && !full(); ++at) {
      TRY(Change change, change_of(rows.rows[at], prefix.bytes().size()));
      page.next = change.stamp.next();
      left.begin = store::key_after(rows.rows[at].key);
      if (change.record.created_ms < epoch_ms(reading.horizon)) continue;
      if (reading.wants && !reading.wants(change.record.keys)) continue;
      bytes += rows.rows[at].value.size();
      page.changes.push_back(std::move(change));
    }
    page.more = rows.more || at < rows.rows.size();
  }
  co_return page;
}

Async<store::Stamp> first_change_since(store::Transaction& tx, uint64_t stream_number, TimePoint time) {
  const store::Key prefix = changes_prefix(stream_number);
  TRY(const store::Stamp end, co_await latest_change(tx, stream_number));
  // What is before `low` is older; what is first at or behind `high` is not, or there is nothing.
  uint64_t low = 0;
  uint64_t high = end.version + 1;
  while (low < high) {
    const store::Stamp middle{.version = low + (high - low) / 2};
    const store::KeyRange rest{.begin = (prefix + store::Key(middle)).bytes(), .end = prefix.under().end};
    TRY(const store::Page page, co_await tx.scan({.range = rest, .rows_max = 1}));
    std::optional<Change> first;
    if (!page.rows.empty()) {
      TRY(first, change_of(page.rows[0], prefix.bytes().size()));
    }
    if (first && first->record.created_ms < epoch_ms(time)) {
      low = first->stamp.version + 1;
    } else {
      high = middle.version;
    }
  }
  co_return store::Stamp{.version = low};
}

Async<store::Stamp> latest_change(store::Transaction& tx, uint64_t stream_number) {
  const store::Key prefix = changes_prefix(stream_number);
  TRY(const store::Page page, co_await tx.scan({.range = prefix.under(), .rows_max = 1, .reverse = true}));
  if (page.rows.empty()) co_return store::Stamp{};
  TRY(const Change last, change_of(page.rows[0], prefix.bytes().size()));
  co_return last.stamp.next();
}

}  // namespace hearth::services::dynamodb
