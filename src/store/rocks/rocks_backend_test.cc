// Promise: it is fast.
// What was read from disk once is in memory from then on.
#include "store/rocks/rocks_backend.h"

#include <gtest/gtest.h>

#include "store/testing.h"

namespace hearth::store::rocks {
namespace {

using testing::run;
using testing::TemporaryFolder;

const std::string kRow = Key("row").bytes();

// Closed after it, so that the row is in a table file and nowhere in memory.
void write_row(io::Loop& loop, const OpenOptions& options) {
  const std::unique_ptr<Store> store = open(options).value();
  auto body = [](Transaction& tx) -> Async<void> {
    tx.put(kRow, "one");
    // Parts it from the store's own rows, which are read at start.
    tx.put(Key("row", "behind").bytes(), std::string(64 * 1024, 'x'));
    co_return Status();
  };
  ASSERT_TRUE(run(loop, store->transact(body)));
}

TEST(RocksBackend, WhatWasReadFromDiskIsInMemory) {
  const TemporaryFolder folder;
  const OpenOptions options{.folder = folder.path() + "/state"};
  io::Loop loop;
  write_row(loop, options);
  const std::unique_ptr<Backend> backend = RocksBackend::open(options).value();
  const SnapshotPtr snapshot = backend->snapshot();
  EXPECT_FALSE(backend->get_in_memory(*snapshot, kRow));

  const auto values = run(loop, backend->multi_get(snapshot, {kRow}));
  ASSERT_TRUE(values);
  EXPECT_EQ(values->front(), "one");

  const auto kept = backend->get_in_memory(*snapshot, kRow);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->value(), "one");
}

}  // namespace
}  // namespace hearth::store::rocks
