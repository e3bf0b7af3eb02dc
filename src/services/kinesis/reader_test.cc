// Promise: records come out in order from any place, until they are too old.
#include "services/kinesis/reader.h"

#include <gtest/gtest.h>

#include "services/kinesis/stream_ref.h"
#include "services/kinesis/trimming.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::kinesis {
namespace {

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }
  void pass(std::chrono::seconds time) { now_ += time; }

 private:
  TimePoint now_ = from_epoch_ms(1'700'000'000'000);
};

class Reader : public testing::Test {
 protected:
  void SetUp() override {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      ShardMap(stream, 1, clock.now()).save(tx, stream.id);
      Tables(tx, ref).streams.put(store::Key(ref.name), stream);
      co_return {};
    };
    ASSERT_TRUE(store::testing::run(loop, store->transact(body)));
  }
  // One second after the last.
  void put(const std::string& data, size_t times = 1) {
    clock.pass(std::chrono::seconds(1));
    auto body = [&](store::Transaction& tx) -> Async<void> {
      for (size_t i = 0; i < times; ++i) {
        tx.put_stamped_key(
            records.bytes(), {},
            store::encode(DataRecord{.partition_key = data, .data = data, .arrived = clock.now()}));
      }
      co_return {};
    };
    ASSERT_TRUE(store::testing::run(loop, store->transact(body)));
  }
  GotPage page(Reading reading) {
    auto body = [&](store::Transaction& tx) { return read_records(tx, records, reading); };
    return store::testing::run(loop, store->read(body)).value();
  }
  std::string texts(const GotPage& got) {
    std::string text;
    for (const Got& one : got.records) text += one.record.data;
    return text + (got.more ? "+" : "");
  }
  store::Stamp since(TimePoint time) {
    auto body = [&](store::Transaction& tx) { return first_since(tx, records, time); };
    return store::testing::run(loop, store->read(body)).value();
  }

  SetClock clock;
  store::testing::TemporaryFolder folder;
  io::Loop loop;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  StreamRecord stream{.id = 3};
  const StreamRef ref{"000000000000", "us-east-1", "s"};
  const store::Key records = records_of(3, 0);
};

TEST_F(Reader, PagesGoOnWhereTheLastEnded) {
  for (const char* one : {"a", "b", "c", "d"}) put(one);
  GotPage first = page({.records_max = 3, .bytes_max = 1000});
  EXPECT_EQ(texts(first), "abc+");
  EXPECT_EQ(texts(page({.from = first.next, .records_max = 3, .bytes_max = 1000})), "d");
  EXPECT_EQ(texts(page({.records_max = 9, .bytes_max = 4})), "ab+");
  EXPECT_EQ(texts(page({.records_max = 4, .bytes_max = 1000})), "abcd");
}

TEST_F(Reader, KeysThatNobodyWantsArePassedOver) {
  for (const char* one : {"a", "b", "a", "c"}) put(one);
  const GotPage got =
      page({.records_max = 9, .bytes_max = 1000, .wants = [](std::string_view key) { return key == "a"; }});
  EXPECT_EQ(texts(got), "aa");
  EXPECT_EQ(texts(page({.from = got.next, .records_max = 9, .bytes_max = 1000})), "");
}

TEST_F(Reader, TheFirstSinceATimeIsFound) {
  EXPECT_EQ(since(clock.now()), store::Stamp{});
  const TimePoint begin = clock.now();
  std::string all;
  for (int i = 0; i < 40; ++i) {
    put(std::string(1, static_cast<char>('a' + i % 26)), 1 + i % 3);
    all += std::string(1 + i % 3, static_cast<char>('a' + i % 26));
    if (i % 7 == 0) put("-", 0);
  }
  for (int second = 0; second < 60; ++second) {
    const TimePoint time = begin + std::chrono::seconds(second);
    const std::string expected = texts(page({.horizon = time, .records_max = 999, .bytes_max = 99999}));
    EXPECT_EQ(texts(page({.from = since(time), .records_max = 999, .bytes_max = 99999})), expected) << second;
  }
}

TEST_F(Reader, OldRecordsGoAndNewOnesStay) {
  put("a");
  clock.pass(std::chrono::hours(23));
  put("b");
  const Parts parts{.store = *store, .clock = clock, .random = system_random()};
  Trimming trimming(parts);
  ASSERT_TRUE(store::testing::run(loop, trimming.trim()));
  EXPECT_EQ(texts(page({.records_max = 9, .bytes_max = 99})), "ab");
  clock.pass(std::chrono::hours(1));
  EXPECT_EQ(texts(page({.horizon = horizon_of(stream, clock.now()), .records_max = 9, .bytes_max = 99})),
            "b");
  ASSERT_TRUE(store::testing::run(loop, trimming.trim()));
  EXPECT_EQ(texts(page({.records_max = 9, .bytes_max = 99})), "b");
}

TEST_F(Reader, AClosedShardGoesWithItsLastRecord) {
  put("a");
  auto split = [&](store::Transaction& tx) -> Async<void> {
    TRY(ShardMap map, co_await ShardMap::load(tx, stream.id));
    map.split(stream, 0, HashKey::part_begin(1, 2), clock.now());
    map.save(tx, stream.id);
    co_return {};
  };
  ASSERT_TRUE(store::testing::run(loop, store->transact(split)));
  const Parts parts{.store = *store, .clock = clock, .random = system_random()};
  Trimming trimming(parts);
  auto count = [&] {
    auto body = [&](store::Transaction& tx) { return ShardMap::load(tx, stream.id); };
    return store::testing::run(loop, store->read(body)).value().all().size();
  };
  ASSERT_TRUE(store::testing::run(loop, trimming.trim()));
  EXPECT_EQ(count(), 3u);
  clock.pass(std::chrono::hours(25));
  ASSERT_TRUE(store::testing::run(loop, trimming.trim()));
  EXPECT_EQ(count(), 2u);
  EXPECT_EQ(texts(page({.records_max = 9, .bytes_max = 99})), "");
}

}  // namespace
}  // namespace hearth::services::kinesis
