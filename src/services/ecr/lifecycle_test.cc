// Promise: your AWS code runs unchanged: lifecycle policies expire what they are about, and nothing else.
#include "services/ecr/lifecycle.h"

#include <gtest/gtest.h>

namespace hearth::services::ecr {
namespace {

const TimePoint kNow = from_epoch_ms(1'700'000'000'000);

AgedImage image(std::string digest, int days, std::vector<std::string> tags = {}) {
  return {std::move(digest), std::move(tags), kNow - std::chrono::days(days)};
}

std::string rule(int priority, const std::string& selection) {
  return R"({"rulePriority":)" + std::to_string(priority) + R"(,"selection":{)" + selection +
         R"(},"action":{"type":"expire"}})";
}
std::string count_rule(int priority, int number, const std::string& rest) {
  return rule(priority,
              R"("countType":"imageCountMoreThan","countNumber":)" + std::to_string(number) + "," + rest);
}

std::vector<std::string> expired(const std::string& rules, std::vector<AgedImage> images) {
  const auto policy = Lifecycle::parse(R"({"rules":[)" + rules + "]}");
  EXPECT_TRUE(policy) << policy.error().message;
  return policy ? policy->expired(std::move(images), kNow) : std::vector<std::string>();
}

using Digests = std::vector<std::string>;
const std::string kAny = R"("tagStatus":"any")";
const std::string kUntagged = R"("tagStatus":"untagged")";
const std::string kProd = R"("tagStatus":"tagged","tagPrefixList":["prod"])";

TEST(Lifecycle, TakesTheOldestBeyondACount) {
  EXPECT_EQ(expired(count_rule(1, 2, kAny), {image("c", 3), image("a", 1), image("d", 4), image("b", 2)}),
            (Digests{"c", "d"}));
}

TEST(Lifecycle, TakesWhatIsOlderThanItsDays) {
  const std::string by_age =
      rule(1, R"("countType":"sinceImagePushed","countUnit":"days","countNumber":3,)" + kAny);
  EXPECT_EQ(expired(by_age, {image("a", 2), image("b", 3), image("c", 4)}), (Digests{"b", "c"}));
}

TEST(Lifecycle, SelectsByTags) {
  const std::vector<AgedImage> images = {image("a", 1, {"prod-1", "x"}), image("b", 2, {"prod-2"}),
                                         image("c", 3, {"dev"}), image("d", 4)};
  EXPECT_EQ(expired(count_rule(1, 1, kProd), images), (Digests{"b"}));
  EXPECT_EQ(expired(count_rule(1, 1, R"("tagStatus":"tagged","tagPrefixList":["prod","x"])"), images),
            Digests{});
  EXPECT_EQ(expired(count_rule(1, 1, R"("tagStatus":"tagged","tagPatternList":["*d*"])"), images),
            (Digests{"b", "c"}));
}

TEST(Lifecycle, AnImageIsLeftToTheFirstRuleThatSelectsIt) {
  const std::vector<AgedImage> images = {image("a", 1, {"prod-1"}), image("b", 2, {"prod-2"}), image("c", 3)};
  EXPECT_EQ(expired(count_rule(1, 9, kProd) + "," + count_rule(2, 1, kAny), images), (Digests{"c"}));
  // In whichever order they are written. Those of other rules count nevertheless.
  EXPECT_EQ(expired(count_rule(2, 2, kAny) + "," + count_rule(1, 9, kProd), images), (Digests{"c"}));
  EXPECT_EQ(expired(count_rule(2, 3, kAny) + "," + count_rule(1, 9, kProd), images), Digests{});
}

TEST(Lifecycle, RefusesWhatIsNone) {
  const std::string fine = count_rule(1, 1, kAny);
  for (const std::string& rules :
       {std::string(), fine + "," + fine, count_rule(1, 0, kAny), count_rule(0, 1, kAny),
        fine + "," + count_rule(2, 1, kUntagged),
        count_rule(1, 1, kUntagged) + "," + count_rule(2, 1, kUntagged),
        count_rule(1, 1, R"("tagStatus":"x")"), count_rule(1, 1, R"("tagStatus":"tagged")"),
        count_rule(1, 1, kAny + R"(,"tagPrefixList":["a"])"),
        count_rule(1, 1, kAny + R"(,"countUnit":"days")"), count_rule(1, 1, kAny + R"(,"more":1)"),
        rule(1, R"("countType":"sinceImagePushed","countNumber":1,)" + kAny), std::string("1")}) {
    EXPECT_FALSE(Lifecycle::parse(R"({"rules":[)" + rules + "]}")) << rules;
  }
  for (const char* text : {"", "{", "[]", "{}", R"({"rules":1})"})
    EXPECT_FALSE(Lifecycle::parse(text)) << text;
}

}  // namespace
}  // namespace hearth::services::ecr
