// Promise: IAM is enforced (patterns mean what they say, and hostile ones take no longer than others).
#include "identity/policy/glob.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "identity/policy/generator.h"

namespace hearth::identity {
namespace {

std::u16string units(std::string_view pattern) {
  std::u16string made;
  for (const char c : pattern) {
    made += c == '*' ? kGlobAny : c == '?' ? kGlobOne : static_cast<char16_t>(static_cast<uint8_t>(c));
  }
  return made;
}

std::string repeated(std::string_view part, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(Glob, BothWaysAnswerAlike) {
  SeededRandom random(7);
  const std::vector<std::string> parts = {"a", "b", "A", "*", "?", "\xc3\xbc", "\xe2\x82\xac", "ab", "*?"};
  int matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string pattern, text;
    for (uint64_t count = random.below(7); count > 0; --count) pattern += parts[random.below(parts.size())];
    for (uint64_t count = random.below(7); count > 0; --count) {
      const std::string& part = parts[random.below(parts.size())];
      text += part.find_first_of("*?") == std::string::npos ? part : "b";
    }
    const bool ignore_case = random.below(2) == 0;
    const std::u16string compiled = units(ignore_case ? to_lower(pattern) : pattern);
    const bool by_steps = glob_matches_by_steps(compiled, text, ignore_case);
    ASSERT_EQ(by_steps, glob_matches_by_sets(compiled, text, ignore_case)) << pattern << " on " << text;
    matched += by_steps;
  }
  EXPECT_GT(matched, 10'000);
}

TEST(Glob, SetsReachOverManyWords) {
  const std::string text = repeated("ab", 500);
  for (const size_t cut : {1, 63, 64, 65, 127, 128, 129, 999}) {
    const std::string pattern = text.substr(0, cut) + "*" + text.substr(cut);
    EXPECT_TRUE(glob_matches_by_sets(units(pattern), text, false)) << cut;
    EXPECT_TRUE(glob_matches_by_sets(units(pattern), text.substr(0, cut) + "xyz" + text.substr(cut), false))
        << cut;
    EXPECT_FALSE(glob_matches_by_sets(units(pattern), text + "x", false)) << cut;
    std::string one = text;
    one[cut] = '?';
    EXPECT_TRUE(glob_matches_by_sets(units(one), text, false)) << cut;
    EXPECT_FALSE(glob_matches_by_sets(units(one), text.substr(1), false)) << cut;
  }
}

// Each of these takes pattern times text steps where every place is tried anew: 240 million.
TEST(Glob, HostilePatternsTakeNoLonger) {
  const std::string text(40'000, 'a');
  const SteadyTime begin = system_clock().steady_now();
  EXPECT_FALSE(glob_matches(units("*" + repeated("a", 6'000) + "b*"), text, false));
  EXPECT_FALSE(glob_matches(units("*" + repeated("a?", 3'000) + "b*"), text, true));
  EXPECT_FALSE(glob_matches(units(repeated("*a", 3'000) + "b*"), text, false));
  EXPECT_TRUE(glob_matches(units(repeated("*a?", 2'000)), text, false));
  EXPECT_LT(system_clock().steady_now() - begin, std::chrono::seconds(2));
}

}  // namespace
}  // namespace hearth::identity
