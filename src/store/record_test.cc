// Promise: what was acknowledged is never lost (what one version wrote, another reads).
#include "store/record.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/random.h"

namespace hearth::store {
namespace {

enum class Colour { kRed, kGreen = -3 };

struct Inner {
  std::string name;
  bool operator==(const Inner&) const = default;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
  }
};

struct Whole {
  bool flag = false;
  int32_t small = 0;
  uint64_t large = 7;
  double ratio = 0;
  std::string text;
  TimePoint time;
  Colour colour = Colour::kRed;
  std::optional<int64_t> maybe;
  std::vector<Inner> list;
  std::map<std::string, std::vector<int64_t>> map;
  std::pair<std::string, bool> pair;
  Inner inner;
  bool operator==(const Whole&) const = default;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.flag);
    visit(2, self.small);
    visit(3, self.large);
    visit(4, self.ratio);
    visit(5, self.text);
    visit(6, self.time);
    visit(7, self.colour);
    visit(8, self.maybe);
    visit(9, self.list);
    visit(10, self.map);
    visit(11, self.pair);
    visit(12, self.inner);
  }
};

// The same record as a later version of the program has it.
struct Later {
  std::string text;
  std::string added = "standard";
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(5, self.text);
    visit(20, self.added);
  }
};

Whole sample() {
  return {.flag = true,
          .small = -5,
          .large = 0,
          .ratio = 0.5,
          .text = "hé",
          .time = TimePoint(std::chrono::microseconds(-1)),
          .colour = Colour::kGreen,
          .maybe = 0,
          .list = {{"a"}, {""}},
          .map = {{"k", {1, -2}}, {"", {}}},
          .pair = {"p", true},
          .inner = {"i"}};
}

TEST(Record, EncodesTheExamplesOfItsFormatPage) {
  EXPECT_EQ(hex_encode(encode(Whole{.flag = true})), "0801");
  EXPECT_EQ(hex_encode(encode(Whole{.small = -5})), "1009");
  EXPECT_EQ(hex_encode(encode(Whole{.ratio = 0.5})), "21000000000000e03f");
  EXPECT_EQ(hex_encode(encode(Whole{.text = "hi"})), "2a026869");
  EXPECT_EQ(hex_encode(encode(Whole{.list = {{"a"}, {""}}})), "4a05030a016100");
  EXPECT_EQ(hex_encode(encode(Whole{.map = {{"k", {1}}}})), "5204016b0102");
}

TEST(Record, DefaultsTakeNoBytesAndAZeroThatIsNoDefaultIsKept) {
  EXPECT_EQ(encode(Whole{}), "");
  EXPECT_EQ(decode<Whole>(encode(Whole{.large = 0}))->large, 0u);
  EXPECT_EQ(decode<Whole>("")->large, 7u);
}

TEST(Record, ReadsBackWhatItWrote) {
  EXPECT_EQ(*decode<Whole>(encode(sample())), sample());
}

TEST(Record, OlderAndNewerProgramsReadEachOther) {
  const auto later = decode<Later>(encode(sample()));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->text, "hé");
  EXPECT_EQ(later->added, "standard");
  const auto earlier = decode<Whole>(encode(Later{.text = "t", .added = "new"}));
  ASSERT_TRUE(earlier);
  EXPECT_EQ(earlier->text, "t");
}

TEST(Record, BytesCutShortOrOfAnotherFormAreCorrupt) {
  const std::string bytes = encode(Whole{.text = "some text", .list = {{"a"}}});
  size_t refused = 0;
  for (size_t size = 1; size < bytes.size(); ++size) {
    const auto record = decode<Whole>(bytes.substr(0, size));
    if (!record) {
      EXPECT_EQ(record.error().code, "CorruptRecord");
      ++refused;
    }
  }
  EXPECT_EQ(refused, bytes.size() - 2) << "only the cut between the two fields leaves a record";
  EXPECT_FALSE(decode<Whole>(std::string("\x09\0\0\0\0\0\0\0\0", 9))) << "a bool of eight bytes";
  EXPECT_FALSE(decode<Whole>("\x08\x02")) << "a bool of 2";
  EXPECT_FALSE(decode<Whole>("\x10\xff\xff\xff\xff\xff\x01")) << "does not fit 32 bits";
  EXPECT_FALSE(decode<Whole>("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) << "longer than there is";
}

TEST(Record, RandomDamageNeverDoesWorseThanAnError) {
  const std::string whole = encode(sample());
  Random& random = system_random();
  for (int i = 0; i < 50000; ++i) {
    std::string bytes = whole;
    for (int n = 0; n < 3; ++n) bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    const auto record = decode<Whole>(bytes);
    // NaN apart, what is accepted is a record that can be written and read again.
    if (record && record->ratio == record->ratio) ASSERT_EQ(*decode<Whole>(encode(*record)), *record);
  }
}

}  // namespace
}  // namespace hearth::store
