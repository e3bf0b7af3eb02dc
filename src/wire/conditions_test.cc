// Promise: every call is authorized.
// What a request sets is what policies see of it.
#include "wire/conditions.h"

#include <gmock/gmock.h>

#include "base/json.h"

namespace hearth::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr ConditionMember kMembers[] = {{.key = "iam:PolicyARN", .member = "PolicyArn"},
                                        {.key = "x:Force", .member = "Force"},
                                        {.key = "x:Mode", .member = "Lock.Mode"},
                                        {.key = "x:Until", .member = "Lock.Until:time"},
                                        {.key = "x:Days", .member = "Lock.Until:days"},
                                        {.key = "x:Tag/", .member = "Marks.Set:tags"},
                                        {.key = "x:TagKeys", .member = "Marks.Set:tag-keys"}};
constexpr OperationInfo kAttach{.name = "Attach", .conditions = kMembers};

auto of(std::string_view input) {
  return conditions_of(kAttach, parse_json(input)->as_object(), from_epoch_ms(86'400'000));
}

TEST(Conditions, MembersOfTheOverlayGiveTheirKeysValues) {
  EXPECT_THAT(of(R"({"PolicyArn": "arn:p", "Force": true, "Other": "x"})"),
              ElementsAre(Pair("iam:PolicyARN", ElementsAre("arn:p")), Pair("x:Force", ElementsAre("true"))));
  EXPECT_THAT(of("{}"), IsEmpty());
}

TEST(Conditions, MembersOfMembersAndTimesAreSaidInWords) {
  EXPECT_THAT(
      of(R"({"Lock": {"Mode": "ON", "Until": 172801}})"),
      ElementsAre(Pair("x:Mode", ElementsAre("ON")), Pair("x:Until", ElementsAre("1970-01-03T00:00:01Z")),
                  Pair("x:Days", ElementsAre("2"))));
  EXPECT_THAT(of(R"({"Lock": "none"})"), IsEmpty());
}

TEST(Conditions, TagsOfAMemberAreSaidOneByOne) {
  for (const char* marks :
       {R"({"Marks": {"Set": "a=1&b=x%20y"}})",
        R"({"Marks": {"Set": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]}})"}) {
    EXPECT_THAT(of(marks), ElementsAre(Pair("x:Tag/a", ElementsAre("1")), Pair("x:Tag/b", ElementsAre("x y")),
                                       Pair("x:TagKeys", ElementsAre("a", "b"))));
  }
  EXPECT_THAT(of(R"({"Marks": {"Set": [1, {"Value": "v"}]}})"), IsEmpty());
}

TEST(Conditions, TagsAreSeenInEveryFormThatServicesHave) {
  for (const char* tags :
       {R"({"Tags": {"team": "red"}})", R"({"tags": {"team": "red"}})",
        R"({"Tags": [{"Key": "team", "Value": "red"}]})", R"({"tags": [{"key": "team", "value": "red"}]})"}) {
    EXPECT_THAT(of(tags), ElementsAre(Pair("aws:RequestTag/team", ElementsAre("red")),
                                      Pair("aws:TagKeys", ElementsAre("team"))));
  }
}

TEST(Conditions, TagsThatAreTakenAwayAreKeysAlone) {
  EXPECT_THAT(of(R"({"TagKeys": ["a", "b"]})"), ElementsAre(Pair("aws:TagKeys", ElementsAre("a", "b"))));
}

TEST(Conditions, TagsOfNoFormAreNone) {
  EXPECT_THAT(of(R"({"Tags": [1, {"Value": "x"}, "y"]})"), IsEmpty());
}

}  // namespace
}  // namespace hearth::wire
