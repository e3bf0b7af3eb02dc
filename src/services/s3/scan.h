// Keys of a bucket in their order, page by page: what listings are made of. Skipping what a common prefix
// stands for costs a seek, however many keys are under it.
#pragma once
#include <deque>
#include <optional>
#include <string>

#include "services/s3/records.h"

namespace hearth::services::s3 {

// One table of a bucket's keys. `tx` outlives it.
class KeyScan {
 public:
  struct Row {
    std::string key;
    int64_t order = 0;  // among the rows of one key
    ObjectRecord record;
  };

  // `table` is "s3-object" or "s3-version"; only keys that start with `prefix`.
  KeyScan(store::Transaction& tx, std::string_view table, const std::string& bucket_id, std::string prefix);

  // Goes on at the first row of `key` or, where that is none, of the next one.
  void seek(const std::string& key);
  // Goes on behind a row.
  void seek_behind(const std::string& key, int64_t order);
  // Goes on behind all keys that start with `prefix`.
  void seek_behind_prefix(const std::string& prefix);

  // The row it stands on; null at the end. Valid until the next call.
  Async<const Row*> peek();
  void next();

 private:
  std::string first_with(const std::string& prefix) const;
  std::string end_of(const std::string& prefix) const;
  void restart(std::string begin);
  Async<void> fill();

  store::Transaction& tx_;
  store::Key keys_;
  bool ordered_;  // rows have an order behind their key
  std::string begin_;
  std::string end_;
  size_t page_rows_;
  std::deque<Row> rows_;
  bool done_ = false;
};

}  // namespace hearth::services::s3
