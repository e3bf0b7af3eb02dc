// Promise: your AWS code runs unchanged: each record is in the one shard that has its key, however shards are
// cut and joined.
#include "services/kinesis/shard_map.h"

#include <gtest/gtest.h>

#include "services/kinesis/sequence.h"
#include "services/kinesis/tokens.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::kinesis {
namespace {

constexpr TimePoint kNow = TimePoint(std::chrono::seconds(1'700'000'000));

// The open shards' ranges, and whether they are the whole without gap or overlap.
std::string ranges(const ShardMap& map) {
  std::string text;
  HashKey next;
  for (const Shard* shard : map.open()) {
    EXPECT_EQ(shard->record.begin(), next);
    EXPECT_LE(shard->record.begin(), shard->record.end());
    next = shard->record.end().next();
    text += shard->id().substr(18) + " ";
  }
  EXPECT_EQ(next, HashKey());  // once around
  return text;
}

TEST(HashKeys, AreDecimalNumbersOf128Bits) {
  EXPECT_EQ(HashKey::max().decimal(), "340282366920938463463374607431768211455");
  for (const char* text : {"0", "7", "18446744073709551616", "340282366920938463463374607431768211455"})
    EXPECT_EQ(HashKey::parse(text)->decimal(), text);
  for (const char* text : {"", "-1", "01", "1x", "340282366920938463463374607431768211456",
                           "99999999999999999999999999999999999999999"})
    EXPECT_FALSE(HashKey::parse(text)) << text;
  // MD5 of "a" is 0cc175b9c0f1b6a831c399e269772661.
  EXPECT_EQ(HashKey::of("a"), (HashKey{0x0cc175b9c0f1b6a8, 0x31c399e269772661}));
}

TEST(HashKeys, PartsAreEqual) {
  EXPECT_EQ(HashKey::part_begin(0, 3).decimal(), "0");
  EXPECT_EQ(HashKey::part_begin(1, 3).decimal(), "113427455640312821154458202477256070485");
  EXPECT_EQ(HashKey::part_begin(2, 3).decimal(), "226854911280625642308916404954512140970");
  EXPECT_EQ(HashKey::part_begin(1, 2), (HashKey{uint64_t{1} << 63, 0}));
  EXPECT_EQ(HashKey::part_begin(3, 4), (HashKey{uint64_t{3} << 62, 0}));
}

TEST(Sequences, RiseWithTheirStampsAndComeBack) {
  const Sequence early{{7, UINT16_MAX}, 3};
  const Sequence late{early.stamp.next(), 3};
  EXPECT_EQ(late.stamp, (store::Stamp{8, 0}));
  EXPECT_LT(early.digits(), late.digits());
  EXPECT_EQ(early.digits().size(), 56u);
  EXPECT_EQ(Sequence::parse(early.digits()), early);
  EXPECT_EQ(Sequence::parse((Sequence{{UINT64_MAX, 0}, UINT64_MAX}.digits()))->stamp.version, UINT64_MAX);
  EXPECT_FALSE(Sequence::parse("0"));
  EXPECT_FALSE(Sequence::parse("49" + std::string(54, '9')));
  EXPECT_FALSE(Sequence::parse("49" + std::string(53, '0') + "x"));
}

TEST(Tokens, OnlyOursOpenAndOnlyAsWhatTheyAre) {
  const Tokens tokens("key");
  const StreamRef ref{"000000000000", "us-east-1", std::string(128, 's')};
  const std::string text = tokens.seal(Iterator{ref, 5, 6, {7, 8}, 9});
  EXPECT_LE(text.size(), 512u);
  const auto iterator = tokens.open_iterator(text);
  ASSERT_TRUE(iterator);
  EXPECT_EQ(iterator->stream, ref);
  EXPECT_EQ(iterator->from, (store::Stamp{7, 8}));
  EXPECT_FALSE(tokens.open_page(text));
  EXPECT_FALSE(Tokens("another").open_iterator(text));
  EXPECT_EQ(tokens.stream_of(tokens.seal(ShardPage{ref, 5, 6, 7, "f"})), ref);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bent = text;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.stream_of(bent)) << i;
  }
}

TEST(ShardIds, AreTwelveDigits) {
  EXPECT_EQ(shard_id(42), "shardId-000000000042");
  EXPECT_EQ(parse_shard_id("shardId-000000000042"), 42u);
  for (const char* id : {"", "shardId-", "shardId-42", "shardId-00000000004x", "shardid-000000000042",
                         "shardId-0000000000042"})
    EXPECT_FALSE(parse_shard_id(id)) << id;
}

TEST(ShardIds, MayBeShortInRequests) {
  for (const char* id : {"42", "shard-42", "shardId-000000000042"}) EXPECT_EQ(read_shard_id(id), 42u) << id;
  for (const char* id : {"", "shard", "shard-", "shard-4x", "shard-4-2", "shard-2147483648"})
    EXPECT_FALSE(read_shard_id(id)) << id;
}

TEST(ShardMaps, SplitsAndMergesKeepTheWhole) {
  StreamRecord stream;
  ShardMap map(stream, 3, kNow);
  EXPECT_EQ(ranges(map), "00 01 02 ");
  map.split(stream, 1, HashKey::part_begin(1, 2), kNow);
  EXPECT_EQ(ranges(map), "00 03 04 02 ");
  map.merge(stream, 4, 2, kNow);
  EXPECT_EQ(ranges(map), "00 03 05 ");
  EXPECT_EQ(map.find(5)->record.parents, (std::vector<uint64_t>{4, 2}));
  EXPECT_EQ(map.find(1)->record.children, (std::vector<uint64_t>{3, 4}));
  EXPECT_EQ(map.open_at(HashKey::max()).number, 5u);
}

TEST(ShardMaps, AnyCountIsReachedFromAnyOther) {
  StreamRecord stream;
  ShardMap map(stream, 1, kNow);
  for (uint64_t from = 1; from < 10; ++from) {
    for (uint64_t count = 1; count < 10; ++count) {
      map.cut_evenly(stream, from, kNow);
      map.cut_evenly(stream, count, kNow);
      ranges(map);
      const auto open = map.open();
      ASSERT_EQ(open.size(), count);
      for (uint64_t part = 0; part < count; ++part)
        ASSERT_EQ(open[part]->record.begin(), HashKey::part_begin(part, count));
    }
  }
}

TEST(ShardMaps, AreInTheStoreAsTheyAre) {
  const store::testing::TemporaryFolder folder;
  io::Loop loop;
  const auto store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  StreamRecord stream{.id = 9};
  auto change = [&](auto how) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      TRY(ShardMap map, co_await ShardMap::load(tx, stream.id));
      how(map);
      map.save(tx, stream.id);
      co_return {};
    };
    ASSERT_TRUE(store::testing::run(loop, store->transact(body)));
  };
  change([&](ShardMap& map) { map = ShardMap(stream, 2, kNow); });
  change([&](ShardMap& map) { map.split(stream, 0, HashKey::part_begin(1, 4), kNow); });
  auto body = [&](store::Transaction& tx) { return ShardMap::load(tx, stream.id); };
  const ShardMap map = store::testing::run(loop, store->read(body)).value();
  EXPECT_EQ(ranges(map), "02 03 01 ");
  const Shard& parent = *map.find(0);
  ASSERT_TRUE(parent.ended);
  EXPECT_LT(parent.begun, *parent.ended);
  EXPECT_GE(map.find(2)->begun.version, parent.ended->version);
  EXPECT_FALSE(map.find(1)->ended);
}

}  // namespace
}  // namespace hearth::services::kinesis
