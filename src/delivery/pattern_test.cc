// Promise: events reach those who asked for them and nobody else.
// Each operator of event patterns, how lists and dotted names are read, and the service's words for what is
// no pattern.
#include "delivery/pattern.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace hearth::delivery {
namespace {

bool match(std::string_view pattern, std::string_view event) {
  const auto parsed = Pattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern << "\n" << parsed.error().message;
  return parsed && parsed->matches(parse_json(event).value());
}

std::string refusal(std::string_view pattern, PatternRules rules = {}) {
  const auto parsed = Pattern::parse(pattern, rules);
  if (parsed) return "taken";
  EXPECT_EQ(parsed.error().code, "InvalidEventPattern");
  return parsed.error().message;
}

// Without the place.
std::string reason(std::string_view pattern) {
  const std::string text = refusal(pattern);
  return text.substr(0, text.find("\n at ["));
}

TEST(Pattern, ExactValuesAreComparedByType) {
  EXPECT_TRUE(match(R"({"a":["x"]})", R"({"a":"x"})"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":"X"})"));
  EXPECT_TRUE(match(R"({"a":[300]})", R"({"a":3e2})"));
  EXPECT_TRUE(match(R"({"a":[300.0]})", R"({"a":300})"));
  EXPECT_FALSE(match(R"({"a":[300]})", R"({"a":"300"})"));
  EXPECT_FALSE(match(R"({"a":[9007199254740993]})", R"({"a":9007199254740992})"));
  EXPECT_TRUE(match(R"({"a":[null]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[null]})", R"({"a":[]})"));
  EXPECT_FALSE(match(R"({"a":[null]})", R"({})"));
  EXPECT_FALSE(match(R"({"a":[true]})", R"({"a":"true"})"));
  EXPECT_TRUE(match(R"({"a":[{"exactly":"x"}]})", R"({"a":"x"})"));
}

TEST(Pattern, NamesMustAllHoldAndOneValueSuffices) {
  EXPECT_TRUE(match(R"({"a":[1,2],"b":{"c":["x"]}})", R"({"a":2,"b":{"c":"x","d":0},"e":0})"));
  EXPECT_FALSE(match(R"({"a":[1,2],"b":{"c":["x"]}})", R"({"a":3,"b":{"c":"x"}})"));
  EXPECT_FALSE(match(R"({"a":[1]})", R"([{"a":1}])"));
}

TEST(Pattern, TextOperators) {
  EXPECT_TRUE(match(R"({"a":[{"prefix":"x"}]})", R"({"a":"xy"})"));
  EXPECT_TRUE(match(R"({"a":[{"prefix":""}]})", R"({"a":""})"));
  EXPECT_FALSE(match(R"({"a":[{"prefix":""}]})", R"({"a":1})"));
  EXPECT_TRUE(match(R"({"a":[{"suffix":".PNG"}]})", R"({"a":"x.PNG"})"));
  EXPECT_TRUE(match(R"({"a":[{"suffix":{"equals-ignore-case":".PNG"}}]})", R"({"a":"x.png"})"));
  EXPECT_TRUE(match(R"({"a":[{"equals-ignore-case":"ALICE"}]})", R"({"a":"alice"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"a*b*c"}]})", R"({"a":"a-b-b-c"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"a*b"}]})", R"({"a":"a-b-c"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":"a\\*b\\\\"}]})", R"({"a":"a*b\\"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"a\\*b"}]})", R"({"a":"axb"})"));
  EXPECT_FALSE(match(R"({"a":[{"wildcard":"a?b"}]})", R"({"a":"axb"})"));
  EXPECT_TRUE(match(R"({"a":[{"wildcard":""}]})", R"({"a":""})"));
}

TEST(Pattern, AnythingButWantsAValueThatDiffers) {
  EXPECT_TRUE(match(R"({"a":[{"anything-but":"x"}]})", R"({"a":"y"})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":"x"}]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":"x"}]})", R"({})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":["x",  "y"]}]})", R"({"a":"y"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":[1,2]}]})", R"({"a":2.0})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"prefix":"x"}}]})", R"({"a":"xy"})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":{"prefix":["x","y"]}}]})", R"({"a":"zy"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"suffix":["x","y"]}}]})", R"({"a":"zy"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"equals-ignore-case":["X"]}}]})", R"({"a":"x"})"));
  EXPECT_FALSE(match(R"({"a":[{"anything-but":{"wildcard":"*x*"}}]})", R"({"a":"yxy"})"));
  EXPECT_TRUE(match(R"({"a":[{"anything-but":"x"}]})", R"({"a":["x","y"]})"));
}

TEST(Pattern, NumbersInARange) {
  EXPECT_TRUE(match(R"({"a":[{"numeric":[">",0,"<=",5]}]})", R"({"a":5})"));
  EXPECT_FALSE(match(R"({"a":[{"numeric":[">",0,"<=",5]}]})", R"({"a":0})"));
  EXPECT_TRUE(match(R"({"a":[{"numeric":["=",2.5e0]}]})", R"({"a":2.5})"));
  EXPECT_TRUE(match(R"({"a":[{"numeric":["<",-1e300]}]})", R"({"a":-2e300})"));
  EXPECT_FALSE(match(R"({"a":[{"numeric":[">",0]}]})", R"({"a":"1"})"));
}

TEST(Pattern, AddressesInANetwork) {
  EXPECT_TRUE(match(R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"10.0.0.255"})"));
  EXPECT_FALSE(match(R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"10.0.1.0"})"));
  EXPECT_TRUE(match(R"({"ip":[{"cidr":"2001:db8::/32"}]})", R"({"ip":"2001:db8:1::9"})"));
  EXPECT_FALSE(match(R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"ten"})"));
}

TEST(Pattern, ExistsLooksAtLeavesOfTheWholeEvent) {
  EXPECT_TRUE(match(R"({"a":[{"exists":true}]})", R"({"a":null})"));
  EXPECT_FALSE(match(R"({"a":[{"exists":true}]})", R"({"a":{"b":1}})"));
  EXPECT_FALSE(match(R"({"a":[{"exists":true}]})", R"({"a":[]})"));
  EXPECT_TRUE(match(R"({"a":[{"exists":false}]})", R"({"a":{"b":1}})"));
  EXPECT_TRUE(match(R"({"a":{"b":[{"exists":false}]}})", R"({"c":1})"));
  EXPECT_FALSE(match(R"({"a":{"b":[{"exists":false}]}})", R"({"a":[{"b":1},{"c":2}]})"));
  EXPECT_TRUE(match(R"({"a":["x",{"exists":false}]})", R"({})"));
  EXPECT_TRUE(match(R"({"a":["x",{"exists":false}]})", R"({"a":"x"})"));
}

TEST(Pattern, ListsStandForTheirItems) {
  EXPECT_TRUE(match(R"({"a":[2]})", R"({"a":[1,[2,3]]})"));
  EXPECT_TRUE(match(R"({"p":{"first":["Bob"],"last":["Jones"]}})",
                    R"({"p":[{"first":"Anna","last":"Jones"},{"first":"Bob","last":"Jones"}]})"));
  EXPECT_FALSE(match(R"({"p":{"first":["Anna"],"last":["Jones"]}})",
                     R"({"p":[{"first":"Anna","last":"Smith"},{"first":"Bob","last":"Jones"}]})"));
  // Of different lists, different items.
  EXPECT_TRUE(match(R"({"p":{"a":["x"]},"q":{"b":["y"]}})", R"({"p":[{"a":"x"}],"q":[{},{"b":"y"}]})"));
}

TEST(Pattern, DotsInNamesAreLevels) {
  EXPECT_TRUE(match(R"({"state.status":["up"]})", R"({"state":{"status":"up"}})"));
  EXPECT_TRUE(match(R"({"state":{"status":["up"]}})", R"({"state.status":"up"})"));
  EXPECT_TRUE(match(R"({"a":{"b":{"c":[1],"d":[2]}}})", R"({"a.b.c":1,"a":{"b":{"d":2}}})"));
  EXPECT_FALSE(match(R"({"a":{"b":[1],"c":[2]},"a.d":[3]})", R"({"a":[{"b":1},{"c":2}],"a.d":3})"));
  EXPECT_TRUE(match(R"({"a":{"b":[1],"c":[2]},"a.d":[3]})", R"({"a":[{"b":1,"c":2}],"a.d":3})"));
}

TEST(Pattern, AlternativesMultiplyOut) {
  const char* pattern = R"({"a":[1],"$or":[{"b":[2]},{"c":{"d":[3]}}]})";
  EXPECT_TRUE(match(pattern, R"({"a":1,"b":2})"));
  EXPECT_TRUE(match(pattern, R"({"a":1,"c":{"d":3}})"));
  EXPECT_FALSE(match(pattern, R"({"a":1,"c":{"d":4}})"));
  EXPECT_FALSE(match(pattern, R"({"b":2})"));
  EXPECT_TRUE(match(R"({"x":{"$or":[{"b":[2]},{"c":[3]}],"e":[5]}})", R"({"x":{"c":3,"e":5}})"));
  // Items of one list across an alternative and what stands beside it.
  EXPECT_FALSE(match(R"({"l":{"a":[1],"$or":[{"b":[2]},{"c":[3]}]}})", R"({"l":[{"a":1},{"b":2}]})"));
}

TEST(Pattern, ManyAlternativesAreRefused) {
  std::string pattern = "{";
  for (int i = 0; i < 10; ++i) {
    pattern += (i ? ",\"x" : "\"x") + std::to_string(i) + R"(":{"$or":[{"a":[1]},{"b":[1]}]})";
  }
  EXPECT_TRUE(reason(pattern + "}").starts_with("Rule is too complex"));
}

TEST(Pattern, ErrorsInTheServicesWords) {
  EXPECT_EQ(refusal(R"("x")"),
            "Filter is not an object\n at [Source: (String)\"\"x\"\"; line: 1, column: 2]");
  EXPECT_EQ(
      refusal(R"({"a":"x"})"),
      "\"a\" must be an object or an array\n at [Source: (String)\"{\"a\":\"x\"}\"; line: 1, column: 7]");
  EXPECT_EQ(refusal("{\"a\":\n []}"),
            "Empty arrays are not allowed\n at [Source: (String)\"{\"a\":\n []}\"; line: 2, column: 4]");
  EXPECT_EQ(reason(R"({})"), "Empty objects are not allowed");
  EXPECT_EQ(reason(R"({"a":[{}]})"), "Match expression name not found");
  EXPECT_EQ(reason(R"({"a":[{"EXISTS":true}]})"), "Unrecognized match type EXISTS");
  EXPECT_EQ(reason(R"({"a":[{"exists":1}]})"), "exists match pattern must be either true or false.");
  EXPECT_EQ(reason(R"({"a":[{"prefix":"x","suffix":"y"}]})"), "Only one key allowed in match expression");
  EXPECT_EQ(reason(R"({"a":[{"prefix":1}]})"), "prefix match pattern must be a string");
  EXPECT_EQ(reason(R"({"a":[["x"]]})"), "Match value must be String, number, true, false, or null");
  EXPECT_EQ(reason(R"({"a":[{"anything-but":null}]})"),
            "Value of anything-but must be an array or single string/number value.");
  EXPECT_EQ(reason(R"({"a":[{"anything-but":[null]}]})"),
            "Inside anything but list, start|null|boolean is not supported.");
  EXPECT_EQ(reason(R"({"a":[{"anything-but":["x",1]}]})"),
            "Inside anything but list, either all values are number or string, mixed type is not supported");
  EXPECT_EQ(reason(R"({"a":[{"anything-but":{"equals-ignore-case":[1]}}]})"),
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
  EXPECT_EQ(reason(R"({"a":[{"anything-but":{"prefix":""}}]})"), "Null prefix/suffix not allowed");
  EXPECT_EQ(reason(R"({"a":[{"anything-but":{"numeric":[]}}]})"),
            "Unsupported anything-but pattern: numeric");
  EXPECT_EQ(reason(R"({"a":[{"wildcard":"arn:aws:events:us-east-1:**:event-bus/*"}]})"),
            "Consecutive wildcard characters at pos 26");
  EXPECT_TRUE(
      reason(R"({"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]})").starts_with("Rule is too complex - try"));
  EXPECT_EQ(reason(R"({"a":[{"numeric":5}]})"), "Value of numeric must be an array.");
  EXPECT_EQ(reason(R"({"a":[{"numeric":[5]}]})"), "Invalid member in numeric match: 5");
  EXPECT_EQ(reason(R"({"a":[{"numeric":["!",5]}]})"), "Unrecognized numeric range operator: !");
  EXPECT_EQ(reason(R"({"a":[{"numeric":["<","5"]}]})"), "Value of < must be numeric");
  EXPECT_EQ(reason(R"({"a":[{"numeric":[">",0,">",5]}]})"), "Bad numeric range operator: >");
  EXPECT_EQ(reason(R"({"a":[{"numeric":[">",5,"<",5]}]})"), "Bottom must be less than top");
  EXPECT_EQ(reason(R"({"a":[{"numeric":[">",0,"<",5,"<"]}]})"), "Too many terms in numeric range expression");
  EXPECT_EQ(refusal(R"({"a":[{"cidr":"10.0.0.0"}]})"), "Malformed CIDR, one '/' required");
  EXPECT_EQ(refusal(R"({"a":[{"cidr":"10.0.0.0/x"}]})"), "Malformed CIDR, mask bits must be an integer");
  EXPECT_EQ(refusal(R"({"a":[{"cidr":"xx.11.xx/8"}]})"), "Nonstandard IP address: xx.11.xx");
  EXPECT_EQ(reason(R"({"$or":[{"a":[1]}]})"), "There must have at least 2 Objects in $or relationship.");
  EXPECT_EQ(reason(R"({"$or":[{"a":[1]},1]})"), "Only JSON object is allowed in array of $or relationship.");
  EXPECT_EQ(reason(R"({"$or":[{"a":[1]},{"prefix":["x"]}]})"),
            "prefix is Ruler reserved fieldName which cannot be used inside $or.");
  EXPECT_EQ(reason(R"({"a":[1],"a":[2]})"), "Path `a` cannot be allowed multiple times");
  EXPECT_EQ(reason(R"({"a":{"b":[1]},"a.b":[2]})"), "Path `a.b` cannot be allowed multiple times");
}

TEST(Pattern, WhatIsNoJson) {
  EXPECT_EQ(reason("this is"),
            "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or "
            "token 'null', 'true' or 'false')");
  EXPECT_EQ(reason("{'a':[1]}"),
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name");
  for (const char* text :
       {"", "{", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"a\":[1", "{\"a\":[\"x", "{\"a\":[1]", "{\"a\":[1]} x",
        "{\"a\":[01]}", "{\"a\":[1,]}", "{\"a\":[\"\\q\"]}", "{\"a\":[1 2]}", "{,\"a\":[1]}",
        "{\"a\":[1]\"b\":[1]}", "{\"a\":[-]}", "{\"a\":[\"\n\"]}"})
    EXPECT_NE(refusal(text), "taken") << text;
}

TEST(Pattern, EscapesInStrings) {
  EXPECT_TRUE(match(R"({"a":["\u00e9\ud83d\ude00\n\/"]})", "{\"a\":\"\u00e9\U0001F600\\n/\"}"));
}

TEST(Pattern, NestingAndSizeHaveAnEnd) {
  std::string deep;
  for (int i = 0; i < 1500; ++i) deep += R"({"a":)";
  EXPECT_TRUE(refusal(deep, {.bytes_max = 100'000}).starts_with("Document nesting depth (1001)"));
  EXPECT_NE(refusal("{\"a\":[\"" + std::string(4096, 'x') + "\"]}"), "taken");
}

TEST(Pattern, UsersNarrowWhatAnythingButTakes) {
  const PatternRules narrow{.narrow_anything_but = true};
  EXPECT_EQ(refusal(R"({"a":[{"anything-but":{"suffix":"x"}}]})", narrow).substr(0, 40),
            "Unsupported anything-but pattern: suffix");
  EXPECT_EQ(refusal(R"({"a":[{"anything-but":{"prefix":"x"}}]})", narrow), "taken");
}

// What would take for ever in a matcher that tries all ways.
TEST(Pattern, HostilePatternsAndEventsEndSoon) {
  const auto wildcards = Pattern::parse("{\"a\":[{\"wildcard\":\"*aaaaaaaaab*aaaaaab*caaaaab*daaaab\"}]}");
  ASSERT_TRUE(wildcards);
  EXPECT_FALSE(wildcards->matches(json::object{{"a", std::string(1 << 20, 'a')}}));

  // Three lists that meet under one name through dots.
  const auto dots = Pattern::parse(R"({"a":{"b":{"c":{"x":[1],"y":[2],"z":[3]}}}})");
  ASSERT_TRUE(dots);
  json::array many;
  for (int i = 0; i < 2000; ++i) many.push_back(json::object{{"x", 1}});
  const json::value event{
      {"a", {{"b", {{"c", many}}}, {"b.c", many}}}, {"a.b", {{"c", many}}}, {"a.b.c", many}};
  EXPECT_FALSE(dots->matches(event));
}

}  // namespace
}  // namespace hearth::delivery
