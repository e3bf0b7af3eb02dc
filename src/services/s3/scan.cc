#include "services/s3/scan.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kScanRowsMax = 1001;  // a page of a listing, and what tells that there is more
constexpr size_t kSeekRows = 4;        // perhaps the next row begins a prefix that is skipped again

}  // namespace

KeyScan::KeyScan(store::Transaction& tx, std::string_view table, const std::string& bucket_id,
                 std::string prefix)
    : tx_(tx),
      keys_(store::Key(table) + store::Key(bucket_id)),
      ordered_(table == "s3-version"),
      begin_(first_with(prefix)),
      end_(end_of(prefix)),
      page_rows_(kScanRowsMax) {}

// Text is encoded as it is, with a zero byte at its end that sorts before all that goes on.
std::string KeyScan::first_with(const std::string& prefix) const {
  std::string bytes = (keys_ + store::Key(prefix)).bytes();
  bytes.pop_back();
  return bytes;
}
// No key has the byte 0xff: they are UTF-8.
std::string KeyScan::end_of(const std::string& prefix) const {
  return first_with(prefix) + "\xff";
}

void KeyScan::restart(std::string begin) {
  if (begin > begin_) begin_ = std::move(begin);
}

void KeyScan::seek(const std::string& key) {
  while (!rows_.empty() && rows_.front().key < key) rows_.pop_front();
  if (rows_.empty()) restart((keys_ + store::Key(key)).bytes());
}

void KeyScan::seek_behind(const std::string& key, int64_t order) {
  while (!rows_.empty() && std::tie(rows_.front().key, rows_.front().order) <= std::tie(key, order))
    rows_.pop_front();
  if (!rows_.empty()) return;
  store::Key row = keys_ + store::Key(key);
  if (ordered_) row = std::move(row) + store::Key(order);
  restart(store::key_after(row.bytes()));
}

void KeyScan::seek_behind_prefix(const std::string& prefix) {
  while (!rows_.empty() && rows_.front().key.starts_with(prefix)) rows_.pop_front();
  if (!rows_.empty()) return;
  restart(end_of(prefix));
  page_rows_ = kSeekRows;
}

Async<void> KeyScan::fill() {
  if (begin_ >= end_) {
    done_ = true;
    co_return {};
  }
  TRY(store::Page page, co_await tx_.scan({.range = {.begin = begin_, .end = end_}, .rows_max = page_rows_}));
  page_rows_ = std::min(2 * page_rows_, kScanRowsMax);
  for (store::Row& row : page.rows) {
    const std::string_view rest = std::string_view(row.key).substr(keys_.bytes().size());
    Row read;
    if (ordered_) {
      TRY(auto parts, (store::parse_key<std::string, int64_t>(rest)));
      std::tie(read.key, read.order) = std::move(parts);
    } else {
      TRY(auto parts, store::parse_key<std::string>(rest));
      read.key = std::move(std::get<0>(parts));
    }
    TRY(read.record, store::decode<ObjectRecord>(row.value));
    rows_.push_back(std::move(read));
  }
  if (page.more) {
    begin_ = store::key_after(page.rows.back().key);
  } else {
    begin_ = end_;
  }
  co_return {};
}

Async<const KeyScan::Row*> KeyScan::peek() {
  while (rows_.empty() && !done_) TRY_VOID(co_await fill());
  co_return rows_.empty() ? nullptr : &rows_.front();
}

void KeyScan::next() {
  rows_.pop_front();
}

}  // namespace hearth::services::s3
