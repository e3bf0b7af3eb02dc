// Promise: what was acknowledged is never lost; a row that is remembered is the row that is there.
#include "store/row_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace hearth::store {
namespace {

using Value = RowCache::Value;
constexpr size_t kLarge = 64 * 1024 * 1024;

TEST(RowCache, TellsWhatWasReadAndThatThereIsNothing) {
  RowCache rows(kLarge);
  EXPECT_EQ(rows.find("a", 5), std::nullopt);
  rows.keep("a", "one", 5);
  rows.keep("b", std::nullopt, 5);
  EXPECT_EQ(rows.find("a", 5), Value("one"));
  EXPECT_EQ(rows.find("b", 9), std::optional<Value>(std::in_place));
}

TEST(RowCache, KnowsNothingForReadersBeforeTheRead) {
  RowCache rows(kLarge);
  rows.keep("a", "one", 5);
  EXPECT_EQ(rows.find("a", 4), std::nullopt);
}

TEST(RowCache, ForgetsWhatIsWritten) {
  RowCache rows(kLarge);
  rows.keep("a", "one", 5);
  rows.key_changed("a", 6);
  EXPECT_EQ(rows.find("a", 5), std::nullopt) << "the read may have seen more than its version says";
  EXPECT_EQ(rows.find("a", 6), std::nullopt);
  rows.keep("a", "two", 6);
  EXPECT_EQ(rows.find("a", 6), Value("two"));
  rows.range_changed(7);
  EXPECT_EQ(rows.find("a", 7), std::nullopt);
}

TEST(RowCache, DoesNotKeepWhatWasWrittenSinceTheRead) {
  RowCache rows(kLarge);
  rows.key_changed("a", 6);
  rows.keep("a", "old", 5);
  EXPECT_EQ(rows.find("a", 6), std::nullopt);
  rows.range_changed(8);
  rows.keep("a", "old", 7);
  EXPECT_EQ(rows.find("a", 8), std::nullopt);
}

TEST(RowCache, ALaterReadIsNotReplacedByAnEarlierOne) {
  RowCache rows(kLarge);
  rows.keep("a", "one", 9);
  rows.keep("a", "one", 5);
  EXPECT_EQ(rows.find("a", 5), std::nullopt);
  EXPECT_EQ(rows.find("a", 9), Value("one"));
}

TEST(RowCache, KeepsWithinItsBytesWhatIsUsed) {
  constexpr size_t kBytes = 1024 * 1024;
  RowCache rows(kBytes);
  const std::string value(1000, 'v');
  rows.keep("used", value, 1);
  size_t known = 0;
  for (int i = 0; i < 20'000; ++i) {
    rows.keep("row " + std::to_string(i), value, 1);
    ASSERT_EQ(rows.find("used", 1), Value(value)) << i;
  }
  for (int i = 0; i < 20'000; ++i) known += rows.find("row " + std::to_string(i), 1).has_value() ? 1 : 0;
  EXPECT_GT(known, kBytes / 1000 / 4);
  EXPECT_LE(known, kBytes / 1000);
  rows.keep("large", std::string(RowCache::kValueBytesMax + 1, 'v'), 1);
  EXPECT_EQ(rows.find("large", 1), std::nullopt);
}

// Against all versions of every row: whatever it tells is what the row held at the version that was asked
// for.
TEST(RowCache, TellsTheTruthInRandomOrders) {
  std::mt19937 random(7);  // NOLINT: the same each time
  const auto below = [&](size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random); };
  RowCache rows(100'000);
  std::map<std::string, std::map<Version, Value>> history;
  const auto held = [&](const std::string& key, Version version) {
    auto found = history[key].upper_bound(version);
    return found == history[key].begin() ? Value() : std::prev(found)->second;
  };
  Version now = 1;
  size_t told = 0;
  for (int step = 0; step < 200'000; ++step) {
    const std::string key = "key " + std::to_string(below(300));
    const Version version = now - std::min<Version>(now - 1, below(5));
    switch (below(8)) {
      case 0:
        rows.key_changed(key, ++now);
        history[key][now] = below(4) == 0 ? Value() : Value("value " + std::to_string(now));
        break;
      case 1:
      case 2:
        rows.keep(key, held(key, version), version);
        break;
      default:
        if (const auto found = rows.find(key, version)) {
          ASSERT_EQ(*found, held(key, version)) << "step " << step;
          ++told;
        }
    }
    if (below(5000) == 0) {
      rows.range_changed(++now);
      for (auto& [each, versions] : history) versions[now] = Value();
    }
  }
  EXPECT_GT(told, 10'000U);
}

}  // namespace
}  // namespace hearth::store
