// Promise: your AWS code runs unchanged. Projections show what they show at AWS.
#include "services/dynamodb/expression/projection.h"

#include "services/dynamodb/expression/testing.h"

namespace hearth::services::dynamodb {
namespace {

using testing::item;

std::string refusal(std::string_view text) {
  auto placeholders = testing::placeholders();
  const std::string message = testing::refusal(Projection::parse(text, placeholders));
  constexpr std::string_view kPrefix = "Invalid ProjectionExpression: ";
  return message.starts_with(kPrefix) ? message.substr(kPrefix.size()) : message;
}

std::string shown(std::string_view text) {
  auto placeholders = testing::placeholders();
  const auto projection = Projection::parse(text, placeholders);
  EXPECT_TRUE(projection.has_value()) << text << ": " << refusal(text);
  if (!projection) return "";
  return to_json(projection->apply(item(R"({
      "a":{"M":{"b":{"L":[{"N":"0"},{"M":{"c":{"S":"x"},"d":{"S":"y"}}},{"N":"2"}]},"e":{"S":"z"}}},
      "f":{"S":"w"}, "x.y":{"S":"dotted"}})")));
}

TEST(Projection, shows_paths_in_what_holds_them) {
  EXPECT_EQ(shown("f"), R"({"f":{"S":"w"}})");
  EXPECT_EQ(shown("#dotted, f"), R"({"f":{"S":"w"},"x.y":{"S":"dotted"}})");
  EXPECT_EQ(shown("a.e"), R"({"a":{"M":{"e":{"S":"z"}}}})");
  EXPECT_EQ(shown("a.b[1].c"), R"({"a":{"M":{"b":{"L":[{"M":{"c":{"S":"x"}}}]}}}})");
}

TEST(Projection, elements_of_lists_close_ranks_in_their_order) {
  EXPECT_EQ(shown("a.b[2], a.b[0]"), R"({"a":{"M":{"b":{"L":[{"N":"0"},{"N":"2"}]}}}})");
  EXPECT_EQ(shown("a.b[1].d, a.b[1].c"), R"({"a":{"M":{"b":{"L":[{"M":{"c":{"S":"x"},"d":{"S":"y"}}}]}}}})");
}

TEST(Projection, leaves_out_what_is_not_there) {
  for (const char* text : {"g", "f.g", "f[0]", "a.b.c", "a.b[3]", "a.b[0].c", "a[0]"})
    EXPECT_EQ(shown(text), "{}");
  EXPECT_EQ(shown("g, f"), R"({"f":{"S":"w"}})");
}

TEST(Projection, paths_may_not_stand_in_each_others_way) {
  const auto clash = [](std::string_view verb, std::string_view one, std::string_view two) {
    return "Two document paths " + std::string(verb) +
           " with each other; must remove or rewrite one of these paths; path one: " + std::string(one) +
           ", path two: " + std::string(two);
  };
  EXPECT_EQ(refusal("a, a"), clash("overlap", "[a]", "[a]"));
  EXPECT_EQ(refusal("a, #a"), clash("overlap", "[a]", "[a]"));
  EXPECT_EQ(refusal("a.b[0], c, a"), clash("overlap", "[a, b, [0]]", "[a]"));
  EXPECT_EQ(refusal("a, a.b"), clash("overlap", "[a]", "[a, b]"));
  EXPECT_EQ(refusal("a.b, a[1]"), clash("conflict", "[a, b]", "[a, [1]]"));
  EXPECT_EQ(refusal("a.b, a[1], c, c"), clash("overlap", "[c]", "[c]"));
}

TEST(Projection, refusals_have_their_texts) {
  EXPECT_EQ(refusal(""), "The expression can not be empty;");
  EXPECT_EQ(refusal("a,"), R"(Syntax error; token: "<EOF>", near: ",")");
  EXPECT_EQ(refusal("a b"), R"(Syntax error; token: "b", near: "a b")");
  EXPECT_EQ(refusal("a, :s"), R"(Syntax error; token: ":s", near: ", :s")");
  EXPECT_EQ(refusal("and"), "Attribute name is a reserved keyword; reserved keyword: and");
  EXPECT_EQ(refusal("#c"),
            "An expression attribute name used in the document path is not defined; attribute name: #c");
}

TEST(Projection, knows_what_it_names) {
  auto placeholders = testing::placeholders();
  EXPECT_EQ(Projection::parse("a.b, #status, c, a.d", placeholders)->names(),
            (AttributeNames{{"a", true}, {"c", false}, {"status", false}}));
}

}  // namespace
}  // namespace hearth::services::dynamodb
