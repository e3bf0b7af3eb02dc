// Promise: events reach those who asked for them and nobody else (patterns and events that nobody thought
// of). The compiled matcher is held against a naive one, which does what the words of the contract say.
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "base/random.h"
#include "delivery/naive_pattern.h"
#include "delivery/pattern.h"

namespace hearth::delivery {
namespace {

// The same numbers for the same seed.
class Seeded final : public Random {
 public:
  explicit Seeded(uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) {
      state_ += 0x9e3779b97f4a7c15;
      uint64_t z = state_;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      byte = static_cast<std::byte>(z >> 24);
    }
  }

 private:
  uint64_t state_;
};

// Few names and values, so that patterns and events often meet.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  json::object event() { return object(3); }

  std::string pattern() { return to_text(pattern_object(3, true)); }

 private:
  bool chance(uint64_t percent) { return random_.below(100) < percent; }
  template <size_t N>
  const char* one_of(const char* const (&names)[N]) {
    return names[random_.below(N)];
  }
  std::string name() { return chance(10) ? one_of({"a.b", "b.c", "a.b.c"}) : one_of({"a", "b", "c"}); }
  std::string text() { return one_of({"", "x", "X", "xy", "yx", "xyx", "Xyz"}); }

  json::value scalar() {
    switch (random_.below(8)) {
      case 0:
        return nullptr;
      case 1:
        return true;
      case 2:
        return false;
      case 3:
        return static_cast<int64_t>(random_.below(3));
      case 4:
        return static_cast<double>(random_.below(5)) / 2;
      default:
        return json::value(text());
    }
  }
  json::value value(int depth) {
    if (depth == 0 || chance(35)) return scalar();
    if (chance(50)) return object(depth - 1);
    json::array list;
    for (uint64_t count = random_.below(4); count > 0; --count) list.push_back(value(depth - 1));
    return list;
  }
  json::object object(int depth) {
    json::object made;
    for (uint64_t count = random_.below(4); count > 0; --count) made[name()] = value(depth);
    return made;
  }

  json::array numeric() {
    const int64_t low = static_cast<int64_t>(random_.below(3)) - 1;
    switch (random_.below(3)) {
      case 0:
        return {one_of({"=", "<", "<=", ">", ">="}), low};
      case 1:
        return {one_of({">", ">="}), low, one_of({"<", "<="}), low + 1};
      default:
        return {"=", static_cast<double>(low) / 2};
    }
  }
  std::string wildcard() { return one_of({"*", "x*", "*x", "x*x", "*y*", "", "\\*x"}); }
  json::value anything_but() {
    switch (random_.below(6)) {
      case 0:
        return json::value(text());
      case 1:
        return static_cast<int64_t>(random_.below(3));
      case 2:
        return json::array{text(), text()};
      case 3:
        return json::array{1, 1.5};
      case 4:
        return json::object{{one_of({"prefix", "suffix"}), json::array{"x", "yx"}}};
      default:
        return chance(50) ? json::object{{"wildcard", wildcard()}}
                          : json::object{{"equals-ignore-case", json::array{text()}}};
    }
  }
  json::value test() {
    if (chance(45)) return scalar();
    switch (random_.below(8)) {
      case 0:
        return json::object{{"exists", chance(40)}};
      case 1:
        return json::object{{"anything-but", anything_but()}};
      case 2:
        return json::object{{"numeric", numeric()}};
      case 3:
        return json::object{{one_of({"prefix", "suffix", "equals-ignore-case", "exactly"}), text()}};
      case 4:
        return json::object{{one_of({"prefix", "suffix"}), json::object{{"equals-ignore-case", text()}}}};
      case 5:
        return json::object{{"wildcard", wildcard()}};
      default:
        return json::object{{"exists", chance(70)}};
    }
  }
  json::array tests() {
    json::array made;
    for (uint64_t count = 1 + random_.below(2); count > 0; --count) made.push_back(test());
    return made;
  }
  json::object pattern_object(int depth, bool may_choose) {
    json::object made;
    for (uint64_t count = 1 + random_.below(3); count > 0; --count) {
      if (depth > 0 && chance(50)) {
        made[name()] = pattern_object(depth - 1, may_choose);
      } else {
        made[name()] = tests();
      }
    }
    if (may_choose && chance(15)) {
      json::array either;
      for (uint64_t count = 2 + random_.below(2); count > 0; --count)
        either.push_back(pattern_object(depth > 0 ? depth - 1 : 0, false));
      made["$or"] = std::move(either);
    }
    return made;
  }

  Seeded random_;
};

TEST(PatternProperty, TheCompiledMatcherAgreesWithTheNaiveOne) {
  const char* given = std::getenv("HEARTH_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 20'261'128;
  Generator generator(seed);
  std::vector<json::object> events;
  for (int i = 0; i < 3'000; ++i) events.push_back(generator.event());

  size_t matched = 0, refused = 0, asked = 0;
  for (int i = 0; i < 6'000; ++i) {
    const std::string text = generator.pattern();
    const auto pattern = Pattern::parse(text);
    if (!pattern) {
      // A path may be named twice through dots and alternatives, which is no pattern.
      ASSERT_TRUE(pattern.error().message.contains("cannot be allowed multiple times"))
          << text << "\n"
          << pattern.error().message;
      ++refused;
      continue;
    }
    const json::value document = parse_json(text).value();
    for (int j = 0; j < 40; ++j) {
      const json::value event(events[static_cast<size_t>(i * 7 + j * 31) % events.size()]);
      const bool expected = naive::matches(document.get_object(), event);
      ASSERT_EQ(pattern->matches(event), expected)
          << "seed " << seed << "\npattern " << text << "\nevent   " << to_text(event);
      matched += expected;
      ++asked;
    }
  }
  EXPECT_GT(asked, 100'000u);
  EXPECT_GT(matched, asked / 100);
  EXPECT_LT(refused, 3'000u);
}

}  // namespace
}  // namespace hearth::delivery
