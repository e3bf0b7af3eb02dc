// Promise: your AWS code runs unchanged. Updates make of an item what they make of it at AWS.
#include "services/dynamodb/expression/update.h"

#include "services/dynamodb/expression/testing.h"

namespace hearth::services::dynamodb {
namespace {

using testing::item;

std::string refusal(std::string_view text) {
  auto placeholders = testing::placeholders();
  const std::string message = testing::refusal(Update::parse(text, placeholders));
  constexpr std::string_view kPrefix = "Invalid UpdateExpression: ";
  return message.starts_with(kPrefix) ? message.substr(kPrefix.size()) : message;
}

Update update(std::string_view text) {
  auto placeholders = testing::placeholders();
  auto update = Update::parse(text, placeholders);
  EXPECT_TRUE(update.has_value()) << text << ": " << refusal(text);
  return update ? *std::move(update) : Update({});
}

// The item afterwards, or what is said.
std::string after(std::string_view text, std::string_view json, bool exists = true) {
  const Item before = item(json);
  Item changed = before;
  const Status applied = update(text).apply(changed, exists);
  if (applied) return to_json(changed);
  EXPECT_EQ(changed, before) << "a refusal leaves the item alone";
  EXPECT_EQ(applied.error().code, "ValidationException");
  return applied.error().message;
}

const std::string kWrongType = "An operand in the update expression has an incorrect data type";
const std::string kBadPath = "The document path provided in the update expression is invalid for update";
const std::string kMissing = "The provided expression refers to an attribute that does not exist in the item";

TEST(Update, refusals_have_their_texts) {
  const std::string type = "Incorrect operand type for operator or function; ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "The expression can not be empty;"},
      {"SET", R"(Syntax error; token: "<EOF>", near: "SET")"},
      {"SET _123 = :s", R"(Syntax error; token: "_", near: "SET _123")"},
      {"ADD hits : incr", R"(Syntax error; token: ":", near: "hits : incr")"},
      {"SET a = :s, #, b = :s", R"(Syntax error; token: "#", near: ", #,")"},
      {"a = :s", R"(Syntax error; token: "a", near: "a =")"},
      {"SET a = b + c + d", R"(Syntax error; token: "+", near: "c + d")"},
      {"SET a = (b + c) + d", R"(Syntax error; token: "d", near: "+ d")"},
      {"SET a = list_append(b + c, d)", R"(Syntax error; token: "+", near: "b + c")"},
      {"ADD a b", R"(Syntax error; token: "b", near: "a b")"},
      {"REMOVE a = :s", R"(Syntax error; token: "=", near: "a = :s")"},
      {"SET set = :s", R"(Syntax error; token: "set", near: "SET set =")"},
      {"SET a = ((b))", "The expression has redundant parentheses;"},
      {"SET a = ((b + c))", "The expression has redundant parentheses;"},
      {"SET a = ((b) + (c))", "accepted"},
      {"SET a = f(b)", "Invalid function name; function: f"},
      {"SET a = size(b)", "The function is not allowed in an update expression; function: size"},
      {"SET a = list_append(list_append(b, c), d)",
       "The function is not allowed to be used this way in an expression; function: list_append"},
      {"SET a = if_not_exists(a, list_append(b, c))",
       "The function is not allowed to be used this way in an expression; function: list_append"},
      {"SET status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"SET a = :c", "An expression attribute value used in expression is not defined; attribute value: :c"},
      {"SET a = if_not_exists(b)",
       "Incorrect number of operands for operator or function; operator or function: if_not_exists, number "
       "of "
       "operands: 1"},
      {"SET a = if_not_exists(:s, b)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"SET a = a + :s", type + "operator or function: +, operand type: S"},
      {"SET a = :m - a", type + "operator or function: -, operand type: M"},
      {"SET a = list_append(b, :m)", type + "operator or function: list_append, operand type: M"},
      {"SET a = :n + list_append(b, c)", type + "operator or function: +, operand type: L"},
      {"ADD a :s", type + "operator: ADD, operand type: STRING"},
      {"ADD a :l", type + "operator: ADD, operand type: LIST"},
      {"DELETE a :n", type + "operator: DELETE, operand type: NUMBER"},
      {"DELETE a :null", type + "operator: DELETE, operand type: NULL"},
      {"SET a = :s SET b = :s", "The \"SET\" section can only be used once in an update expression;"},
      {"SET a = :s, a = :n",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
       "[a], path "
       "two: [a]"},
      {"SET a.b[0] = :s REMOVE a",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, "
       "b, [0]], "
       "path two: [a]"},
      {"SET a.b = :s ADD a[1] :n",
       "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "
       "[a, b], "
       "path two: [a, [1]]"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(refusal(text), message) << text;
}

TEST(Update, sections_come_in_any_order_and_case) {
  EXPECT_EQ(after("remove b Add c :n set a = :s DELETE d :ss", R"({"b":{"S":""},"d":{"SS":["x","z"]}})"),
            R"({"a":{"S":"text"},"c":{"N":"5"},"d":{"SS":["z"]}})");
}

TEST(Update, values_are_those_before_the_update) {
  EXPECT_EQ(after("REMOVE a SET b = a", R"({"a":{"N":"1"}})"), R"({"b":{"N":"1"}})");
  EXPECT_EQ(after("SET a = b, b = a", R"({"a":{"N":"1"},"b":{"N":"2"}})"),
            R"({"a":{"N":"2"},"b":{"N":"1"}})");
  EXPECT_EQ(after("SET a = :s, b = a", "{}"), kMissing);
  EXPECT_EQ(after("SET a = b.c", R"({"b":{"S":"x"}})"), kMissing);
}

TEST(Update, sums_and_functions) {
  EXPECT_EQ(after("SET a = a + :n", R"({"a":{"N":"0.1"}})"), R"({"a":{"N":"5.1"}})");
  EXPECT_EQ(after("SET a = (a) - (:n)", R"({"a":{"N":"1"}})"), R"({"a":{"N":"-4"}})");
  EXPECT_EQ(after("SET a = if_not_exists(a, :n) + :n1", "{}"), R"({"a":{"N":"6"}})");
  EXPECT_EQ(after("SET a = if_not_exists(b, if_not_exists(c, :n))", R"({"c":{"S":"c"}})"),
            R"({"a":{"S":"c"},"c":{"S":"c"}})");
  EXPECT_EQ(after("SET a = list_append(if_not_exists(a, :l), a)", R"({"a":{"L":[{"N":"1"}]}})"),
            R"({"a":{"L":[{"N":"1"},{"N":"1"}]}})");
  EXPECT_EQ(after("SET a = list_append(:l, a)", R"({"a":{"L":[{"N":"1"}]}})"),
            R"({"a":{"L":[{"S":"x"},{"N":"1"}]}})");
  EXPECT_EQ(after("SET a = a + :n", R"({"a":{"S":"1"}})"), kWrongType);
  EXPECT_EQ(after("SET a = list_append(a, :l)", R"({"a":{"S":"1"}})"), kWrongType);
  EXPECT_EQ(after("SET a = a + :n", R"({"a":{"N":"9.9E125"}})").substr(0, 15), "Number overflow");
}

TEST(Update, members_need_a_map_and_elements_a_list) {
  EXPECT_EQ(after("SET a.b = :n", R"({"a":{"M":{}}})"), R"({"a":{"M":{"b":{"N":"5"}}}})");
  EXPECT_EQ(after("REMOVE a.b", R"({"a":{"M":{"b":{"N":"5"}}}})"), R"({"a":{"M":{}}})");
  EXPECT_EQ(after("REMOVE a.b, c", R"({"a":{"M":{}}})"), R"({"a":{"M":{}}})");
  for (const char* text : {"SET a.b = :n", "REMOVE a.b", "SET a[0] = :n", "REMOVE a[0]", "ADD a.b :n"}) {
    EXPECT_EQ(after(text, "{}"), kBadPath) << text;
    EXPECT_EQ(after(text, R"({"a":{"S":"x"}})"), kBadPath) << text;
  }
  EXPECT_EQ(after("SET a[0] = :n", R"({"a":{"M":{}}})"), kBadPath);
  EXPECT_EQ(after("SET a.b = :n", R"({"a":{"L":[]}})"), kBadPath);
}

TEST(Update, indexes_mean_the_list_before) {
  const char* list = R"({"a":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]}})";
  EXPECT_EQ(after("SET a[1] = :s", list), R"({"a":{"L":[{"N":"0"},{"S":"text"},{"N":"2"}]}})");
  EXPECT_EQ(after("SET a[9] = :s, a[7] = :x", list),
            R"({"a":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"S":"x"},{"S":"text"}]}})");
  EXPECT_EQ(after("REMOVE a[0], a[1]", list), R"({"a":{"L":[{"N":"2"}]}})");
  EXPECT_EQ(after("REMOVE a[3], a[7]", list), to_json(item(list)));
  EXPECT_EQ(after("REMOVE a[3] SET a[5] = :s", list),
            R"({"a":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"S":"text"}]}})");
  EXPECT_EQ(after("REMOVE a[0] SET a[2] = :s, a[3] = :x", list),
            R"({"a":{"L":[{"N":"1"},{"S":"text"},{"S":"x"}]}})");
  EXPECT_EQ(
      after("REMOVE a[0], a[1][0] SET a[2][0] = :s", R"({"a":{"L":[{"N":"0"},{"L":[{"N":"1"}]},{"L":[]}]}})"),
      R"({"a":{"L":[{"L":[]},{"L":[{"S":"text"}]}]}})");
}

TEST(Update, add_and_delete) {
  EXPECT_EQ(after("ADD a :n", "{}"), R"({"a":{"N":"5"}})");
  EXPECT_EQ(after("ADD a :n", R"({"a":{"N":"-5"}})"), R"({"a":{"N":"0"}})");
  EXPECT_EQ(after("ADD a :ss", "{}"), R"({"a":{"SS":["x","y"]}})");
  EXPECT_EQ(after("ADD a :ss", R"({"a":{"SS":["b","y"]}})"), R"({"a":{"SS":["b","x","y"]}})");
  EXPECT_EQ(after("ADD a :ns", R"({"a":{"NS":["10","1"]}})"), R"({"a":{"NS":["1","2","10"]}})");
  EXPECT_EQ(after("ADD a.b :n", R"({"a":{"M":{"b":{"N":"1"}}}})"), R"({"a":{"M":{"b":{"N":"6"}}}})");
  EXPECT_EQ(after("DELETE a :ss", R"({"a":{"SS":["b","y"]}})"), R"({"a":{"SS":["b"]}})");
  EXPECT_EQ(after("DELETE a :ss", R"({"a":{"SS":["x","y"]},"b":{"N":"1"}})"), R"({"b":{"N":"1"}})");
  EXPECT_EQ(after("DELETE a :ss", "{}"), "{}");
  for (const char* text : {"ADD a :n", "ADD a :ns", "DELETE a :ns", "DELETE a :bs"}) {
    EXPECT_EQ(after(text, R"({"a":{"SS":["x"]}})"), kWrongType) << text;
    EXPECT_EQ(after(text, R"({"a":{"S":"x"}})"), kWrongType) << text;
  }
}

TEST(Update, what_is_put_together_is_not_too_deep) {
  const auto nested = [](int levels) {
    std::string json = R"({"N":"1"})";
    for (int i = 0; i < levels; ++i) json = R"({"L":[)" + json + "]}";
    return json;
  };
  const std::string deep = R"({"a":)" + nested(30) + R"(,"b":{"L":[{"L":[]}]}})";
  const std::string too_deep(kTooDeep);
  EXPECT_NE(after("SET b[0] = a", deep), too_deep);
  EXPECT_EQ(after("SET b[0][0] = a", deep), too_deep);
  EXPECT_EQ(after("SET b = list_append(b, b), b2 = list_append(a, b)", deep).substr(0, 1), "{");
}

TEST(Update, taking_away_from_no_item_creates_none) {
  EXPECT_EQ(after("REMOVE a, b.c, d[0]", "{}", /*exists=*/false), "{}");
  EXPECT_EQ(after("DELETE a :ss", "{}", /*exists=*/false), "{}");
  EXPECT_FALSE(update("REMOVE a DELETE b :ss").creates_item());
  EXPECT_TRUE(update("REMOVE a ADD b :ss").creates_item());
  EXPECT_TRUE(update("SET a = :s").creates_item());
  EXPECT_TRUE(Update({}).creates_item());
  EXPECT_EQ(after("SET a.b = :s", "{}", /*exists=*/false), kBadPath);
}

// UPDATED_OLD and UPDATED_NEW.
TEST(Update, shows_what_it_named) {
  const Item before =
      item(R"({"a":{"M":{"b":{"N":"1"},"c":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]}}},"d":{"S":"d"}})");
  const auto shown = [&](std::string_view text) {
    const Update update = dynamodb::update(text);
    Item changed = before;
    EXPECT_TRUE(update.apply(changed, true));
    return to_json(update.named_part(before)) + " " + to_json(update.named_part(changed));
  };
  EXPECT_EQ(shown("SET a.b = :n"), R"({"a":{"M":{"b":{"N":"1"}}}} {"a":{"M":{"b":{"N":"5"}}}})");
  EXPECT_EQ(shown("SET d = d"), R"({"d":{"S":"d"}} {"d":{"S":"d"}})");
  EXPECT_EQ(shown("SET e = :n"), R"({} {"e":{"N":"5"}})");
  EXPECT_EQ(shown("REMOVE d"), R"({"d":{"S":"d"}} {})");
  // As the service does it: what is put behind the end is not shown, what moves up is.
  EXPECT_EQ(shown("SET a.c[100] = :n"), "{} {}");
  EXPECT_EQ(shown("REMOVE a.c[1]"),
            R"({"a":{"M":{"c":{"L":[{"N":"1"}]}}}} {"a":{"M":{"c":{"L":[{"N":"2"}]}}}})");
}

TEST(Update, knows_what_it_names) {
  const Update update = dynamodb::update("SET a.b = if_not_exists(c, :n) REMOVE d");
  EXPECT_EQ(update.names(), (AttributeNames{{"a", true}, {"c", false}, {"d", false}}));
  EXPECT_EQ(update.written_names(), (AttributeNames{{"a", true}, {"d", false}}));
}

}  // namespace
}  // namespace hearth::services::dynamodb
