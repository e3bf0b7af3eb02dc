// Promise: what was acknowledged is never lost (the bytes of keys are on disk and do not change).
#include "store/tuple.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/random.h"

namespace hearth::store {
namespace {

std::string hex(const Key& key) {
  return hex_encode(key.bytes());
}

TEST(Tuple, EncodesTheExamplesOfItsFormatPage) {
  EXPECT_EQ(hex(Key("lambda")), "026c616d62646100");
  EXPECT_EQ(hex(Key(std::string("a\0b", 3))), "026100ff6200");
  EXPECT_EQ(hex(Key("")), "0200");
  EXPECT_EQ(hex(Key(Bytes{"\xff"})), "01ff00");
  EXPECT_EQ(hex(Key(0)), "14");
  EXPECT_EQ(hex(Key(1)), "1501");
  EXPECT_EQ(hex(Key(256)), "160100");
  EXPECT_EQ(hex(Key(-1)), "13fe");
  EXPECT_EQ(hex(Key(-256)), "12feff");
  EXPECT_EQ(hex(Key(INT64_MIN)), "0c7fffffffffffffff");
  EXPECT_EQ(hex(Key(UINT64_MAX)), "1cffffffffffffffff");
  EXPECT_EQ(hex(Key(false)), "26");
  EXPECT_EQ(hex(Key(true)), "27");
  EXPECT_EQ(hex(Key(Stamp{258, 3})), "3300000000000001020003");
  EXPECT_EQ(hex(Key("a", 1)), "0261001501");
}

TEST(Tuple, IntegersSortByValue) {
  const std::vector<int64_t> values = {
      INT64_MIN, INT64_MIN + 1, -65536, -65535, -257,  -256,     -255, -2, -1, 0,
      1,         255,           256,    65535,  65536, INT64_MAX};
  for (size_t i = 1; i < values.size(); ++i)
    EXPECT_LT(Key(values[i - 1]).bytes(), Key(values[i]).bytes()) << values[i];
  EXPECT_LT(Key(INT64_MAX).bytes(), Key(UINT64_MAX).bytes());
  EXPECT_EQ(Key(7).bytes(), Key(7u).bytes());
}

TEST(Tuple, RandomPairsSortAsTheirTuplesDo) {
  Random& random = system_random();
  const auto text = [&] {
    std::string out;
    for (size_t i = random.below(4); i > 0; --i) out += "\x00\x01\xfe\xff"[random.below(4)];
    return out;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::pair a(text(),
                      static_cast<int64_t>(random.next() >> random.below(64)) * (random.below(2) ? 1 : -1));
    const std::pair b(text(),
                      static_cast<int64_t>(random.next() >> random.below(64)) * (random.below(2) ? 1 : -1));
    ASSERT_EQ(a < b, Key(a.first, a.second).bytes() < Key(b.first, b.second).bytes());
    ASSERT_EQ(std::tuple(a), std::tuple(*parse_key<std::string, int64_t>(Key(a.first, a.second).bytes())));
  }
}

TEST(Tuple, UnderHoldsLongerTuplesAndNothingElse) {
  const KeyRange under = Key("a").under();
  EXPECT_TRUE(under.contains(Key("a", "").bytes()));
  EXPECT_TRUE(under.contains(Key("a", Bytes{}).bytes()));
  EXPECT_TRUE(under.contains(Key("a", Stamp{UINT64_MAX, UINT16_MAX}).bytes()));
  EXPECT_FALSE(under.contains(Key("a").bytes()));
  EXPECT_FALSE(under.contains(Key(std::string("a\0", 2)).bytes()));
  EXPECT_FALSE(under.contains(Key("ab").bytes()));
}

TEST(Tuple, ReadsBackEveryType) {
  const TimePoint time(std::chrono::microseconds(-5));
  const Key key("x", Bytes{std::string("\0\xff", 2)}, -300, UINT64_MAX, true, Stamp{9, 2}, time);
  const auto parts = parse_key<std::string, Bytes, int64_t, uint64_t, bool, Stamp, TimePoint>(key.bytes());
  ASSERT_TRUE(parts);
  EXPECT_EQ(*parts, std::tuple("x", Bytes{std::string("\0\xff", 2)}, int64_t{-300}, UINT64_MAX, true,
                               Stamp{9, 2}, time));
}

TEST(Tuple, RefusesWhatIsNoSuchTuple) {
  const std::string key = Key("ab", 1000).bytes();
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_FALSE((parse_key<std::string, int64_t>(key.substr(0, size)))) << size;
  }
  EXPECT_FALSE((parse_key<std::string>(key)));
  EXPECT_FALSE((parse_key<int64_t, int64_t>(key)));
  EXPECT_FALSE(parse_key<int64_t>(Key(UINT64_MAX).bytes()));
  EXPECT_FALSE(parse_key<uint64_t>(Key(-1).bytes()));
  EXPECT_FALSE(parse_key<int64_t>(std::string("\x16\x00\x01", 3))) << "two forms of one number";
}

}  // namespace
}  // namespace hearth::store
