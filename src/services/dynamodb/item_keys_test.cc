// Promise: items are found again by equal keys only, and ranges of keys are those that conditions ask for.
#include "services/dynamodb/item_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/dynamodb/query_range.h"

namespace hearth::services::dynamodb {
namespace {

Value number(int value) {
  return Value::number(Number(value));
}

std::string any_bytes(std::mt19937_64& chance, size_t size_max) {
  std::string bytes;
  const size_t size = 1 + chance() % size_max;
  // Few different ones, among them those that the encoding must escape.
  for (size_t at = 0; at < size; ++at) bytes += "\x00\x01\xfe\xff"[chance() % 4];
  return bytes;
}

TEST(ItemKeys, DifferentKeysOfAnyBytesLieInDifferentPlaces) {
  std::mt19937_64 chance(5);
  std::map<std::string, std::pair<std::string, std::string>> places;
  for (int i = 0; i < 20'000; ++i) {
    const std::string hash = any_bytes(chance, 3);
    const std::string range = any_bytes(chance, 3);
    const std::string place =
        item_key(7, {.hash = {Value::binary(hash)}, .range = {Value::binary(range)}}).bytes();
    const auto [found, added] = places.emplace(place, std::pair(hash, range));
    ASSERT_EQ(found->second, std::pair(hash, range));
  }
}

TEST(ItemKeys, TheLongestKeysFitIntoTheStore) {
  const Value hash = Value::binary(std::string(2048, '\0'));
  const Value range = Value::binary(std::string(1024, '\0'));
  const KeyValues key{.hash = {hash}, .range = {range}};
  EXPECT_LE(item_key(~uint64_t{0}, key).bytes().size(), store::Limits::kKeyBytesMax);
  const IndexRecord global{.number = ~uint64_t{0}};
  EXPECT_LE(entry_key(global, key, key).bytes().size(), store::Limits::kKeyBytesMax);
  const IndexRecord local{.number = ~uint64_t{0}, .local = true};
  EXPECT_LE(entry_key(local, key, key).bytes().size(), store::Limits::kKeyBytesMax);
}

TEST(ItemKeys, SegmentsShareOutTheTableWithoutGaps) {
  for (const int64_t segments : {1, 2, 3, 7, 4096, 5000}) {
    std::string end = items_prefix(9).under().begin;
    for (int64_t segment = 0; segment < segments; ++segment) {
      const store::KeyRange range = segment_range(9, segment, segments);
      ASSERT_EQ(range.begin, end) << segment << " of " << segments;
      end = range.end;
    }
    EXPECT_EQ(end, items_prefix(9).under().end);
  }
}

// Every comparison on random range keys, against what the values themselves say.
TEST(QueryRange, HoldsExactlyWhatTheConditionSays) {
  using Comparison = KeyBounds::Comparison;
  std::mt19937_64 chance(3);
  const Value hash = Value::string("p");
  for (int i = 0; i < 20'000; ++i) {
    const bool numbers = chance() % 2 == 0;
    const auto pick = [&] {
      return numbers ? number(static_cast<int>(chance() % 7) - 3) : Value::binary(any_bytes(chance, 3));
    };
    const Value key = pick();
    Value low = pick();
    Value high = pick();
    if (*order(high, low) < 0) std::swap(low, high);
    const auto comparison = static_cast<Comparison>(chance() % (numbers ? 6 : 7));
    KeyBounds bounds{.hash = {hash}, .comparison = comparison};
    if (comparison != Comparison::kAny) bounds.operands.push_back(low);
    if (comparison == Comparison::kBetween) bounds.operands.push_back(high);
    const auto to_low = *order(key, low);
    const bool expected = comparison == Comparison::kAny            ? true
                          : comparison == Comparison::kLess         ? to_low < 0
                          : comparison == Comparison::kLessEqual    ? to_low <= 0
                          : comparison == Comparison::kGreater      ? to_low > 0
                          : comparison == Comparison::kGreaterEqual ? to_low >= 0
                          : comparison == Comparison::kBetween      ? to_low >= 0 && *order(key, high) <= 0
                                                                    : key.text().starts_with(low.text());
    const KeyValues item{.hash = {hash}, .range = {key}};
    const store::KeyRange range = query_range(7, bounds);
    ASSERT_EQ(range.contains(item_key(7, item).bytes()), expected);
    // An entry of an index has more behind its range key.
    const IndexRecord index{.number = 7};
    ASSERT_EQ(range.contains(entry_key(index, item, {.hash = {Value::string("x")}, .range = {}}).bytes()),
              expected);
    // Those of another partition are never there.
    ASSERT_FALSE(range.contains(item_key(7, {.hash = {Value::string("q")}, .range = {key}}).bytes()));
  }
}

}  // namespace
}  // namespace hearth::services::dynamodb
