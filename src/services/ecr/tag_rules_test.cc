// Promise: your AWS code runs unchanged: tags that are to stay do.
#include "services/ecr/tag_rules.h"

#include <gtest/gtest.h>

namespace hearth::services::ecr {
namespace {

TEST(TagRules, AStarIsAnyText) {
  for (const auto& [pattern, text] : {std::pair{"*", ""},
                                      {"*", "a"},
                                      {"a*", "a"},
                                      {"a*c", "abbc"},
                                      {"*a*", "bab"},
                                      {"a*b*c", "aXbYbZc"},
                                      {"abc", "abc"},
                                      {"**", "x"},
                                      {"*aab", "aaaab"}}) {
    EXPECT_TRUE(matches_wildcard(pattern, text)) << pattern << " " << text;
  }
  for (const auto& [pattern, text] :
       {std::pair{"", "a"}, {"a", ""}, {"a*", "ba"}, {"*a", "ab"}, {"a*c", "ab"}, {"abc", "abcd"}}) {
    EXPECT_FALSE(matches_wildcard(pattern, text)) << pattern << " " << text;
  }
}

TEST(TagRules, ExclusionsTurnTheRuleRound) {
  RepositoryRecord record;
  ASSERT_TRUE(set_mutability(record, "IMMUTABLE_WITH_EXCLUSION", {"dev-*"}));
  EXPECT_TRUE(is_immutable(record, "v1"));
  EXPECT_FALSE(is_immutable(record, "dev-1"));
  ASSERT_TRUE(set_mutability(record, "MUTABLE_WITH_EXCLUSION", {"v*"}));
  EXPECT_TRUE(is_immutable(record, "v1"));
  EXPECT_FALSE(is_immutable(record, "dev-1"));
  ASSERT_TRUE(set_mutability(record, "MUTABLE", {}));
  EXPECT_FALSE(is_immutable(record, "v1"));
}

TEST(TagRules, ExclusionsGoWithTheirKindAlone) {
  RepositoryRecord record;
  EXPECT_FALSE(set_mutability(record, "MUTABLE", {"a"}));
  EXPECT_FALSE(set_mutability(record, "MUTABLE_WITH_EXCLUSION", {}));
  EXPECT_FALSE(set_mutability(record, "MUTABLE_WITH_EXCLUSION", {"a*b*c*"}));
}

}  // namespace
}  // namespace hearth::services::ecr
