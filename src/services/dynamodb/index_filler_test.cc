// Promise: an index that is added to a table that is being written holds each item once.
#include "services/dynamodb/index_filler.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/task_scope.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::dynamodb {
namespace {

class NoAuthorizer final : public wire::Authorizer {
 public:
  Async<void> authorize(const wire::Call&, wire::Permission) override { co_return {}; }
};

void fill_first_index(io::Loop& loop, const Parts& parts, const TableRef& ref) {
  const auto filled = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const auto table, co_await parts.catalog.require(tx, ref));
    co_return table->record.indexes.front().status == IndexStatus::kActive;
  };
  IndexFiller filler(parts);
  const auto fill = [&]() -> Task<void> {
    io::TaskScope scope;
    scope.spawn(filler.run());
    while (!(co_await parts.store.read(filled)).value()) co_await io::sleep_for(std::chrono::milliseconds(1));
  };
  loop.run_until_done(fill());
}

TEST(IndexFiller, what_is_written_meanwhile_is_put_once) {
  store::testing::TemporaryFolder folder;
  io::Loop loop;
  const auto store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  const Catalog catalog;
  Throughput throughput(system_clock());
  NoAuthorizer authorizer;
  const Parts parts{.store = *store,
                    .authorizer = authorizer,
                    .clock = system_clock(),
                    .random = system_random(),
                    .catalog = catalog,
                    .throughput = throughput};
  const TableRef ref{.account = "000000000000", .region = "eu-west-1", .name = "table"};
  TableRecord record{
      .number = 1, .attributes = {{"pk", Type::kString}}, .keys = {.hash = {{"pk", Type::kString}}}};

  const auto define = [&](const TableRecord& as) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      tx.put(ref.key().bytes(), store::encode(as));
      if (!as.indexes.empty()) IndexFiller::ask(tx, ref);
      co_return {};
    };
    ASSERT_TRUE(store::testing::run(loop, store->transact(body)));
  };
  const auto place = [](const std::string& name) {
    return item_key(1, {.hash = {Value::string(name)}, .range = {}}).bytes();
  };
  const auto write = [&](const std::string& name, bool there) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      TRY(const auto table, co_await catalog.require(tx, ref));
      const KeyValues key{.hash = {Value::string(name)}, .range = {}};
      TRY(const auto old, co_await read_item_record(tx, store::Key::from_bytes(place(name))));
      Item item;
      item.set("pk", Value::string(name));
      TRY_VOID(write_item(tx, *table, {.key = key, .old = old, .item = there ? &item : nullptr, .now = {}}));
      co_return {};
    };
    ASSERT_TRUE(store::testing::run(loop, store->transact(body)));
  };
  const auto items_in = [&](uint64_t number) {
    auto body = [&](store::Transaction& tx) -> Async<Counts> { co_return co_await counts_of(tx, number); };
    return store::testing::run(loop, store->read(body)).value().items;
  };

  define(record);
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("item-" + std::to_string(i));
    write(names.back(), true);
  }
  std::ranges::sort(names, {}, place);
  // Nothing of the table has been looked at.
  record.indexes.push_back(
      {.name = "index", .number = 2, .keys = record.keys, .status = IndexStatus::kCreating});
  define(record);
  // Not as many come as go, so that errors in the counts do not make up for each other.
  write(names[10], false);
  write(names[12], false);
  write("new", true);
  EXPECT_EQ(items_in(2), 0) << "all of it waits for its turn";
  fill_first_index(loop, parts, ref);
  EXPECT_EQ(items_in(1), 39);
  EXPECT_EQ(items_in(2), 39);
  write(names[11], false);
  EXPECT_EQ(items_in(2), 38);
}

}  // namespace
}  // namespace hearth::services::dynamodb
