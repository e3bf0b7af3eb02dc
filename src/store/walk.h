// The rows of a range, page after page, each in a read of its own: for work in the background over more than
// a transaction should hold. What is written meanwhile may or may not be seen.
//
//   store::Walk walk(store, Key("sqs").under());
//   for (;;) {
//     TRY(const auto rows, co_await walk.next());
//     if (rows.empty()) break;
//     ...
//   }
#pragma once
#include <vector>

#include "store/store.h"

namespace hearth::store {

class Walk {
 public:
  // The store outlives it.
  Walk(Store& store, KeyRange range) : store_(store), left_(std::move(range)) {}

  // None at the end.
  Async<std::vector<Row>> next() {
    if (ended_) co_return std::vector<Row>();
    auto read = [this](Transaction& tx) -> Async<Page> { co_return co_await tx.scan({.range = left_}); };
    TRY(Page page, co_await store_.read(read));
    ended_ = !page.more;
    if (page.more) left_.begin = key_after(page.rows.back().key);
    co_return std::move(page.rows);
  }

 private:
  Store& store_;
  KeyRange left_;
  bool ended_ = false;
};

}  // namespace hearth::store
