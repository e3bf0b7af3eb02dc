// Table<R>: records of one type under one key prefix, inside a transaction. The usual way services keep
// state:
//
//   store::Table<RuleRecord> rules(tx, Key("events", account, region, "rule"));
//   TRY(auto rule, co_await rules.get(Key(bus, name)));            // std::optional<RuleRecord>
//   rules.put(Key(bus, name), record);
//   TRY(auto page, co_await rules.list({.under = Key(bus), .rows_max = 50, .after = token}));
//
// Errors: those of the store, and "CorruptRecord".
#pragma once
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/record.h"
#include "store/store.h"

namespace hearth::store {

struct ListOptions {
  Key under = {};          // only records whose key starts with these elements
  std::string after = {};  // the `next` of the page before; empty for the first
  size_t rows_max = 1000;
  bool reverse = false;
  Isolation isolation = Isolation::kSerializable;
};

template <typename R>
class Table {
 public:
  struct Entry {
    std::string key;  // without the table's prefix; parse_key takes it apart
    R record;
  };
  struct Listing {
    std::vector<Entry> entries;
    std::string next;  // empty at the end
  };

  Table(Transaction& tx, Key prefix) : tx_(tx), prefix_(std::move(prefix)) {}

  Async<std::optional<R>> get(Key key, Isolation isolation = Isolation::kSerializable) {
    TRY(auto bytes, co_await tx_.get((prefix_ + key).bytes(), isolation));
    if (!bytes) co_return std::optional<R>();
    TRY(R record, decode<R>(*bytes));
    co_return std::optional<R>(std::move(record));
  }
  Async<bool> contains(Key key, Isolation isolation = Isolation::kSerializable) {
    TRY(auto bytes, co_await tx_.get((prefix_ + key).bytes(), isolation));
    co_return bytes.has_value();
  }
  void put(const Key& key, const R& record) { tx_.put((prefix_ + key).bytes(), encode(record)); }
  void erase(const Key& key) { tx_.erase((prefix_ + key).bytes()); }
  // Erases all records whose key starts with these elements, and the one that has exactly these.
  void erase_under(const Key& key) {
    const Key whole = prefix_ + key;
    tx_.erase(whole.bytes());
    tx_.erase_range(whole.under());
  }

  Async<Listing> list(ListOptions options) {
    KeyRange range = (prefix_ + options.under).under();
    if (!options.after.empty()) {
      (options.reverse ? range.end : range.begin) =
          options.reverse ? prefix_.bytes() + options.after : key_after(prefix_.bytes() + options.after);
    }
    ScanOptions scan{.range = std::move(range), .rows_max = options.rows_max, .reverse = options.reverse};
    TRY(Page page, co_await tx_.scan(std::move(scan), options.isolation));
    Listing listing;
    listing.entries.reserve(page.rows.size());
    for (Row& row : page.rows) {
      TRY(R record, decode<R>(row.value));
      listing.entries.push_back({row.key.substr(prefix_.bytes().size()), std::move(record)});
    }
    if (page.more) listing.next = listing.entries.back().key;
    co_return listing;
  }

  // All records under these elements; for tables whose size is known to be modest.
  Async<std::vector<Entry>> all(Key under = {}, Isolation isolation = Isolation::kSerializable) {
    std::vector<Entry> entries;
    for (std::string after;;) {
      TRY(Listing listing,
          co_await list({.under = under, .after = std::move(after), .isolation = isolation}));
      std::move(listing.entries.begin(), listing.entries.end(), std::back_inserter(entries));
      if (listing.next.empty()) co_return std::move(entries);
      after = std::move(listing.next);
    }
  }

  // Records under these elements, counted up to `count_max`.
  Async<size_t> count(Key under, size_t count_max = 1'000'000) {
    KeyRange range = (prefix_ + under).under();
    size_t count = 0;
    while (count < count_max) {
      TRY(Page page,
          co_await tx_.scan({.range = range, .rows_max = std::min<size_t>(count_max - count, 1000)}));
      count += page.rows.size();
      if (!page.more) break;
      range.begin = key_after(page.rows.back().key);
    }
    co_return count;
  }

 private:
  Transaction& tx_;
  Key prefix_;
};

}  // namespace hearth::store
