// Promise: IAM is enforced (every condition operator, with every suffix and prefix, on keys that are there
// and that are not).
#include "identity/policy/condition.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace hearth::identity {
namespace {

bool holds(std::string_view op, const std::vector<std::string>& policy,
           const std::vector<std::string>& request, bool variables = true) {
  const auto parsed = ConditionOperator::parse(op);
  EXPECT_TRUE(parsed) << op;
  Condition condition(*parsed, "test:Key", variables);
  for (const std::string& value : policy) EXPECT_TRUE(condition.add_value(value)) << op << " " << value;
  ConditionContext context;
  context.set("aws:username", "ann");
  context.set("aws:PrincipalTag/Star", "a*");
  if (!request.empty()) context.set("TEST:key", request);
  return condition.holds(context);
}

// What the rules say of one operator: a value of the policy, two values of a request that it is true of, and
// two that it is false of.
struct Row {
  std::string_view op;
  bool negated;
  std::string value;
  std::vector<std::string> yes;
  std::vector<std::string> no;
};

const std::vector<Row>& rows() {
  static const std::string arn = "arn:aws:sns:*:1111:t-*";
  static const std::vector<std::string> like = {"arn:aws:sns:us-east-1:1111:t-1", "arn:aws:sns::1111:t-a:b"};
  static const std::vector<std::string> unlike = {"arn:aws:sns:us-east-1:2222:t-1", "t-1"};
  static const std::vector<Row> kRows = {
      {"StringEquals", false, "a*c", {"a*c", "a*c"}, {"A*C", "abc"}},
      {"StringNotEquals", true, "a*c", {"A*C", "abc"}, {"a*c", "a*c"}},
      {"StringEqualsIgnoreCase", false, "aBc", {"AbC", "abc"}, {"ab", "abcd"}},
      {"StringNotEqualsIgnoreCase", true, "aBc", {"ab", "abcd"}, {"AbC", "abc"}},
      {"StringLike", false, "a*c?", {"acd", "abbcx"}, {"ac", "Acd"}},
      {"StringNotLike", true, "a*c?", {"ac", "Acd"}, {"acd", "abbcx"}},
      {"NumericEquals", false, "10", {"10.0", "1e1"}, {"11", "ten"}},
      {"NumericNotEquals", true, "10", {"11", "ten"}, {"10.0", "1e1"}},
      {"NumericLessThan", false, "10", {"9.99", "-11"}, {"10", "1e2"}},
      {"NumericLessThanEquals", false, "10", {"10", "0"}, {"10.01", "x"}},
      {"NumericGreaterThan", false, "10", {"10.01", "100"}, {"10", "-11"}},
      {"NumericGreaterThanEquals", false, "10", {"10", "11"}, {"9.99", ""}},
      {"DateEquals",
       false,
       "2026-01-31T12:00:00Z",
       {"1769860800", "2026-01-31T13:00:00+01:00"},
       {"1769860801", "now"}},
      {"DateNotEquals",
       true,
       "2026-01-31T12:00:00Z",
       {"1769860801", "now"},
       {"1769860800", "2026-01-31T12:00Z"}},
      {"DateLessThan", false, "2026-01-31T12:00:00Z", {"2026-01-31", "0"}, {"1769860800", "2026-02"}},
      {"DateLessThanEquals",
       false,
       "2026-01-31T12:00:00Z",
       {"1769860800", "2025-12-31"},
       {"2026-01-31T12:00:00.1Z", "x"}},
      {"DateGreaterThan",
       false,
       "2026-01-31T12:00:00Z",
       {"2026-01-31T12:00:01Z", "2026-02-01"},
       {"1769860800", "1"}},
      {"DateGreaterThanEquals",
       false,
       "2026-01-31T12:00:00Z",
       {"1769860800", "1769860800.5"},
       {"1769860799", ""}},
      {"Bool", false, "true", {"true", "TRUE"}, {"false", "yes"}},
      {"BinaryEquals", false, "aGVhcnRo", {"aGVhcnRo", "aGVhcnRo"}, {"aGVhcnRp", "hearth"}},
      {"IpAddress", false, "192.0.2.0/24", {"192.0.2.7", "::ffff:192.0.2.255"}, {"192.0.3.1", "2001:db8::1"}},
      {"NotIpAddress", true, "192.0.2.0/24", {"192.0.3.1", "none"}, {"192.0.2.7", "192.0.2.0"}},
      {"ArnEquals", false, arn, like, unlike},
      {"ArnLike", false, arn, like, unlike},
      {"ArnNotEquals", true, arn, unlike, like},
      {"ArnNotLike", true, arn, unlike, like},
  };
  return kRows;
}

// Every operator, plain and IfExists, with no, any and all quantifiers, on a key that is absent, on one that
// has one value and on one that has several. What is expected follows from the documentation's sentences
// alone.
TEST(Conditions, EveryOperatorWithEveryPrefixAndSuffix) {
  int cases = 0;
  for (const Row& row : rows()) {
    for (const std::string_view suffix : {"", "IfExists"}) {
      const auto check = [&](std::string_view prefix, const std::vector<std::string>& request,
                             bool expected) {
        const std::string op = fmt::format("{}{}{}", prefix, row.op, suffix);
        EXPECT_EQ(holds(op, {row.value}, request), expected)
            << op << " " << row.value << " on " << fmt::format("{}", fmt::join(request, " | "));
        ++cases;
      };
      const bool if_exists = !suffix.empty();
      const std::vector<std::string> mixed = {row.no[0], row.yes[0]};
      // "If the key is not there": IfExists is true, negated operators are, all of nothing is; others are
      // not.
      check("", {}, if_exists || row.negated);
      check("ForAnyValue:", {}, if_exists);
      check("ForAllValues:", {}, true);
      for (const std::string_view prefix : {"", "ForAnyValue:", "ForAllValues:"}) {
        for (const std::string& value : row.yes) check(prefix, {value}, true);
        for (const std::string& value : row.no) check(prefix, {value}, false);
        check(prefix, row.yes, true);
        check(prefix, row.no, false);
      }
      // Some of the values: a plain operator takes one that matches, or, negated, none that does.
      check("", mixed, !row.negated);
      check("ForAnyValue:", mixed, true);
      check("ForAllValues:", mixed, false);
    }
  }
  EXPECT_GE(cases, 400);
  std::set<std::string_view> tested;
  for (const Row& row : rows()) tested.insert(row.op);
  EXPECT_EQ(tested.size(), 26u) << "all but Null";
}

TEST(Conditions, ValuesOfAKeyAreAlternatives) {
  EXPECT_TRUE(holds("StringEquals", {"a", "b"}, {"b"}));
  EXPECT_FALSE(holds("StringEquals", {"a", "b"}, {"c"}));
  EXPECT_FALSE(holds("StringNotEquals", {"a", "b"}, {"b"}));
  EXPECT_TRUE(holds("StringNotEquals", {"a", "b"}, {"c"}));
  EXPECT_TRUE(holds("ForAllValues:StringEquals", {"a", "b"}, {"b", "a", "b"}));
  EXPECT_FALSE(holds("ForAllValues:StringEquals", {"a", "b"}, {"b", "c"}));
  EXPECT_TRUE(holds("ForAllValues:StringNotEquals", {"a", "b"}, {"c", "d"}));
  EXPECT_FALSE(holds("ForAnyValue:StringNotEquals", {"a", "b"}, {"a", "b"}));
  EXPECT_FALSE(holds("StringEquals", {}, {"a"}));
  EXPECT_TRUE(holds("StringNotEquals", {}, {"a"}));
}

TEST(Conditions, NullAsksWhetherTheKeyIsThere) {
  EXPECT_TRUE(holds("Null", {"true"}, {}));
  EXPECT_FALSE(holds("Null", {"true"}, {"x"}));
  EXPECT_FALSE(holds("Null", {"False"}, {}));
  EXPECT_TRUE(holds("Null", {"FALSE"}, {"x"}));
  EXPECT_TRUE(holds("Null", {"true", "false"}, {"x"}));
  EXPECT_FALSE(holds("Null", {}, {"x"}));
}

TEST(Conditions, NumbersAreExact) {
  // Beyond what a double can tell apart.
  EXPECT_FALSE(holds("NumericEquals", {"12345678901234567890123456789012345678"},
                     {"12345678901234567890123456789012345679"}));
  EXPECT_TRUE(holds("NumericLessThan", {"12345678901234567890123456789012345679"},
                    {"12345678901234567890123456789012345678"}));
  EXPECT_TRUE(holds("NumericEquals", {"0.1"}, {"000.1000"}));
  EXPECT_TRUE(holds("NumericGreaterThan", {"0.30000000000000000000000000000000000001"},
                    {"0.30000000000000000000000000000000000002"}));
  EXPECT_TRUE(holds("NumericEquals", {"0"}, {"-0.0"}));
  EXPECT_TRUE(holds("NumericEquals", {"1000"}, {"1E+3"}));
  EXPECT_TRUE(holds("NumericLessThan", {"-1"}, {"-2"}));
  EXPECT_TRUE(holds("NumericLessThan", {"0"}, {"-0.001"}));
  EXPECT_TRUE(holds("NumericLessThan", {"-0.001"}, {"-0.002"}));
  EXPECT_TRUE(holds("NumericEquals", {".5"}, {"5e-1"}));
  EXPECT_TRUE(holds("NumericGreaterThan", {"99"}, {"1e2"}));
  for (const auto* value : {"", " 1", "1 ", "1,0", "+", "1e", "e1", "0x10", "inf", "1.2.3"})
    EXPECT_FALSE(Decimal::parse(value)) << value;
  EXPECT_FALSE(Decimal::parse(std::string(65, '9')));
  EXPECT_TRUE(Decimal::parse(std::string(64, '9')));
}

TEST(Conditions, DatesAreInstants) {
  const auto seconds = [](std::string_view text) {
    const auto instant = Instant::parse(text);
    return instant ? instant->seconds : -1;
  };
  EXPECT_EQ(seconds("1970-01-01"), 0);
  EXPECT_EQ(seconds("2000-02-29T00:00:00Z"), 951782400);
  EXPECT_EQ(seconds("2026-01-31T12:34:56Z"), 1769862896);
  EXPECT_EQ(seconds("2026-01-31t12:34:56.999z"), 1769862896);
  EXPECT_EQ(seconds("2026-01-31T12:34-0130"), 1769868240);
  EXPECT_EQ(seconds("2026-01"), 1767225600);
  EXPECT_EQ(seconds("2026-01-01T00"), 1767225600);
  EXPECT_EQ(seconds("1769862896"), 1769862896);
  EXPECT_EQ(Instant::parse("0001-01-01")->seconds, -62135596800);
  for (const auto* text : {"", "T", "2026-", "2026-1-1", "1900-02-29", "2026-01-31T", "2026-01-31T12:34:60Z",
                           "2026-01-31T12:34:56.Z", "2026-01-31T12:34:56+1", "1.x", "-5"}) {
    EXPECT_FALSE(Instant::parse(text)) << text;
  }
}

TEST(Conditions, AddressesAreInRanges) {
  EXPECT_TRUE(holds("IpAddress", {"2001:db8::/33"}, {"2001:db8:7fff::1"}));
  EXPECT_FALSE(holds("IpAddress", {"2001:db8::/33"}, {"2001:db8:8000::1"}));
  EXPECT_TRUE(holds("IpAddress", {"2001:0DB8:0::1"}, {"2001:db8::1"}));
  EXPECT_TRUE(holds("IpAddress", {"10.0.0.1"}, {"10.0.0.1"}));
  EXPECT_FALSE(holds("IpAddress", {"10.0.0.1"}, {"10.0.0.2"}));
  EXPECT_TRUE(holds("IpAddress", {"0.0.0.0/0"}, {"203.0.113.9"}));
  EXPECT_FALSE(holds("IpAddress", {"0.0.0.0/0"}, {"2001:db8::1"}));
  EXPECT_FALSE(holds("IpAddress", {"::/0"}, {"203.0.113.9"}));
  EXPECT_TRUE(holds("IpAddress", {"10.1.2.3/8"}, {"10.200.0.1"}));
  EXPECT_TRUE(holds("IpAddress", {"::ffff:10.0.0.0/104"}, {"10.9.9.9"}));
  EXPECT_FALSE(holds("IpAddress", {"10.0.0.0/31"}, {"10.0.0.2"}));
}

TEST(Conditions, ArnsMatchFieldByField) {
  EXPECT_FALSE(holds("ArnLike", {"arn:aws:s3:*:b"}, {"arn:aws:s3:::b"}))
      << "a star does not reach over colons";
  EXPECT_TRUE(holds("ArnLike", {"arn:aws:s3:::*"}, {"arn:aws:s3:::a:b/c"}))
      << "but in the last field it does";
  EXPECT_TRUE(holds("ArnLike", {"*"}, {"arn:aws:s3:::b"}));
  EXPECT_FALSE(holds("ArnLike", {"*"}, {"no arn"}));
  EXPECT_TRUE(holds("ArnEquals", {"arn:*:s?:::b*"}, {"arn:aws:s3:::bucket"}));
  EXPECT_TRUE(holds("ArnLike", {"arn:aws:s3"}, {"arn:aws:s3:::b"}));
  EXPECT_FALSE(holds("ArnLike", {"arn:aws:s3"}, {"arn:aws:s3express:::b"}));
  EXPECT_FALSE(holds("ArnLike", {"arn:aws:s3:"}, {"arn:aws:s3:eu-west-1::b"}));
  EXPECT_FALSE(holds("ArnLike", {"arn:aws:s*:::b"}, {"arn:aws:s3:::bb"}));
  EXPECT_FALSE(holds("ArnLike", {"arn:aws:s3::*:b"}, {"arn:aws:s3:us:1:b"}));
  EXPECT_TRUE(holds("ArnLike", {"arn:aws:iam::1:user/${aws:username}"}, {"arn:aws:iam::1:user/ann"}));
  EXPECT_FALSE(
      holds("ArnLike", {"arn:aws:iam::1:user/${aws:PrincipalTag/Star}"}, {"arn:aws:iam::1:user/ann"}));
}

TEST(Conditions, VariablesInTheirValues) {
  EXPECT_TRUE(holds("StringEquals", {"x-${aws:username}"}, {"x-ann"}));
  EXPECT_FALSE(holds("StringEquals", {"x-${aws:username}"}, {"x-ann"}, false));
  EXPECT_TRUE(holds("StringEquals", {"x-${aws:username}"}, {"x-${aws:username}"}, false));
  EXPECT_TRUE(holds("StringEqualsIgnoreCase", {"X-${aws:UserName}"}, {"x-ANN"}));
  EXPECT_TRUE(holds("StringLike", {"${aws:username}/*"}, {"ann/x"}));
  EXPECT_TRUE(holds("StringLike", {"${aws:PrincipalTag/Star}"}, {"a*"}));
  EXPECT_FALSE(holds("StringLike", {"${aws:PrincipalTag/Star}"}, {"ab"}));
  EXPECT_TRUE(holds("StringLike", {"${*}${?}${$}*"}, {"*?$x"}));
  EXPECT_TRUE(holds("StringEquals", {"${*}"}, {"*"}));
  EXPECT_TRUE(holds("StringEquals", {"${none, 'x y'}"}, {"x y"}));
  EXPECT_TRUE(holds("StringEquals", {"${}${", "x"}, {"${}${"}));
  // Without a value there is nothing to be equal to, nor to differ from.
  EXPECT_FALSE(holds("StringEquals", {"${aws:none}"}, {""}));
  EXPECT_TRUE(holds("StringEquals", {"${aws:none}", "a"}, {"a"}));
  EXPECT_FALSE(holds("StringNotEquals", {"${aws:none}"}, {"a"}));
  EXPECT_TRUE(holds("StringNotEquals", {"${aws:none}"}, {}));
}

TEST(Conditions, WildcardsTakeCharactersNotBytes) {
  EXPECT_TRUE(holds("StringLike", {"a?c"}, {"a\xe2\x82\xac\x63"}));
  EXPECT_FALSE(holds("StringLike", {"a??c"}, {"a\xe2\x82\xac\x63"}));
  EXPECT_TRUE(holds("StringLike", {"*?"}, {"\xf0\x9f\x98\x80"}));
  EXPECT_FALSE(holds("StringLike", {"*??"}, {"\xf0\x9f\x98\x80"}));
  EXPECT_TRUE(holds("StringLike", {"**"}, {""}));
  EXPECT_FALSE(holds("StringLike", {"?"}, {""}));
  EXPECT_TRUE(holds("StringLike", {"*a*b*a*"}, {"xxaybzza"}));
  EXPECT_FALSE(holds("StringLike", {"*a*b*a*"}, {"xxaybzz"}));
  EXPECT_TRUE(holds("StringLike", {"*\xff?"}, {"\xfe\xff\x80"}))
      << "bytes that are no text are matched as they are";
}

TEST(Conditions, ManyWildcardsCostNoMoreThanTheirLength) {
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "a*";
  const std::string text(20'000, 'a');
  EXPECT_FALSE(holds("StringLike", {pattern + "b"}, {text}));
  EXPECT_TRUE(holds("StringLike", {pattern}, {text}));
}

TEST(Conditions, OnlyTheOperatorsThereAre) {
  for (const auto* name :
       {"", "StringEqual", "stringEquals", "ForAnyValue:", "IfExists", "ForAllValues:ForAnyValue:Bool",
        "StringEqualsIfExistsIfExists", "NullIfExists", "ForAnyValue:Null", "BinaryNotEquals"}) {
    EXPECT_FALSE(ConditionOperator::parse(name)) << name;
  }
}

TEST(ConditionContexts, KeysAreToldApartWithoutCase) {
  ConditionContext context;
  context.set("aws:PrincipalTag/Team", "x");
  context.set("AWS:principaltag/TEAM", "y");
  ASSERT_EQ(context.find("aws:principalTag/team").size(), 1u);
  EXPECT_EQ(context.find("aws:principalTag/team")[0], "y");
  EXPECT_TRUE(context.find("aws:principalTag").empty());
  context.set("aws:TagKeys", std::vector<std::string>{});
  EXPECT_TRUE(context.find("aws:TagKeys").empty());
}

}  // namespace
}  // namespace hearth::identity
