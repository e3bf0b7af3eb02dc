// Promise: a session has the tags and policies that were asked for, checked, and none that the calling
// session forbids.
#include "services/sts/session_limits.h"

#include "identity/testing.h"

namespace hearth::services::sts {
namespace {

using identity::Session;

constexpr const char* kPolicy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";

class SessionLimitsTest : public identity::IdentityTest {
 protected:
  Result<std::optional<int32_t>> apply(SessionLimits limits, const Session* inherited = nullptr) {
    session = {.account = account, .principal_id = "AROA1", .name = "s"};
    return run(limit(session, std::move(limits), inherited, directory));
  }
  // Code and message of the refusal.
  std::string refusal(SessionLimits limits, const Session* inherited = nullptr) {
    const auto done = apply(std::move(limits), inherited);
    return done ? "" : done.error().code + ": " + done.error().message;
  }

  Session session;
};

TEST_F(SessionLimitsTest, NothingAskedForTakesNoRoom) {
  EXPECT_FALSE(apply({}).value());
  EXPECT_TRUE(session.tags.empty());
  EXPECT_FALSE(session.limited());
}

TEST_F(SessionLimitsTest, WhatIsAskedForBecomesTheSessions) {
  const auto packed = apply({.policy = kPolicy,
                             .policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"},
                             .tags = {{.key = "Team", .value = "red"}, {.key = "cost", .value = ""}},
                             .transitive_tags = {"team"}});
  ASSERT_TRUE(packed);
  EXPECT_GT(packed->value_or(0), 0);
  EXPECT_EQ(session.tags, (std::map<std::string, std::string>{{"Team", "red"}, {"cost", ""}}));
  EXPECT_EQ(session.transitive_tags, std::vector<std::string>{"team"});
  EXPECT_EQ(session.policy, kPolicy);
  EXPECT_EQ(session.policy_arns.size(), 1u);
}

TEST_F(SessionLimitsTest, TagKeysDifferInMoreThanCase) {
  EXPECT_EQ(
      refusal({.tags = {{.key = "team", .value = "a"}, {.key = "TEAM", .value = "b"}}}),
      "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.");
}

TEST_F(SessionLimitsTest, ATransitiveTagIsOneOfTheTags) {
  EXPECT_EQ(
      refusal({.tags = {{.key = "team", .value = "a"}}, .transitive_tags = {"cost"}}),
      "InvalidParameterValue: The specified transitive tag key must be included in the requested tags.");
}

TEST_F(SessionLimitsTest, TransitiveTagsGoOnAndCannotBeReplaced) {
  const Session calling{.tags = {{"team", "red"}, {"mood", "good"}}, .transitive_tags = {"team"}};
  ASSERT_TRUE(apply({.tags = {{.key = "cost", .value = "1"}}, .transitive_tags = {"cost"}}, &calling));
  EXPECT_EQ(session.tags, (std::map<std::string, std::string>{{"team", "red"}, {"cost", "1"}}));
  EXPECT_EQ(session.transitive_tags, (std::vector<std::string>{"team", "cost"}));
  EXPECT_EQ(
      refusal({.tags = {{.key = "TEAM", .value = "blue"}}}, &calling),
      "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts "
      "with a transitive tag key from the calling session.");
  // What does not go on can be set anew.
  EXPECT_TRUE(apply({.tags = {{.key = "mood", .value = "bad"}}}, &calling));
  EXPECT_EQ(session.tags.at("mood"), "bad");
}

TEST_F(SessionLimitsTest, PoliciesMustBePoliciesAndManagedOnesExist) {
  EXPECT_TRUE(refusal({.policy = "{}"}).starts_with("MalformedPolicyDocument: "));
  const std::string principal =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}})";
  EXPECT_TRUE(refusal({.policy = principal}).starts_with("MalformedPolicyDocument: "));
  const std::string text = kPolicy;
  EXPECT_TRUE(apply({.policy = text + std::string(2048 - text.size(), ' ')}));
  EXPECT_TRUE(
      refusal({.policy = text + std::string(2049 - text.size(), ' ')}).starts_with("PackedPolicyTooLarge: "));
  EXPECT_TRUE(
      refusal({.policy_arns = {"arn:aws:iam::aws:policy/NoneOfThisName"}}).starts_with("ValidationError: "));
  const std::vector<std::string> eleven(11, "arn:aws:iam::aws:policy/ReadOnlyAccess");
  EXPECT_TRUE(refusal({.policy_arns = eleven}).starts_with("ValidationError: "));
  EXPECT_TRUE(apply({.policy_arns = {eleven.begin(), eleven.end() - 1}}));
}

TEST_F(SessionLimitsTest, PoliciesAreMeasuredInCharacters) {
  std::string letters;
  for (int i = 0; i < 1500; ++i) letters += "\xc3\xa9";
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*",)"
      R"("Condition":{"StringEquals":{"aws:username":")" +
      letters + R"("}}}})";
  EXPECT_EQ(refusal({.policy = policy}), "");
}

TEST_F(SessionLimitsTest, TagsAndPoliciesShareTheRoomOfTheToken) {
  SessionLimits limits;
  for (char name = 'a'; name < 'a' + 16; ++name)
    limits.tags.push_back({.key = std::string(1, name), .value = std::string(255, 'v')});
  EXPECT_EQ(apply(limits).value(), 100);
  limits.tags[0].value += "v";
  EXPECT_TRUE(refusal(limits).starts_with("PackedPolicyTooLarge: "));
  // A little is a little, and never nothing.
  EXPECT_EQ(apply({.tags = {{.key = "a", .value = ""}}}).value(), 1);
}

TEST_F(SessionLimitsTest, InheritedTagsTakeRoomToo) {
  const Session calling{.tags = {{"team", "red"}}, .transitive_tags = {"team"}};
  EXPECT_EQ(apply({}, &calling).value(), 1);
}

TEST(SessionTags, AreConditionKeysOfTagSession) {
  const auto conditions =
      tag_conditions({.tags = {{.key = "Team", .value = "red"}}, .transitive_tags = {"Team"}});
  const std::vector<std::pair<std::string, std::vector<std::string>>> wanted = {
      {"aws:RequestTag/Team", {"red"}}, {"aws:TagKeys", {"Team"}}, {"sts:TransitiveTagKeys", {"Team"}}};
  EXPECT_EQ(conditions, wanted);
}

}  // namespace
}  // namespace hearth::services::sts
