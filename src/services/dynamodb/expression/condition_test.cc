// Promise: your AWS code runs unchanged. Conditions are read, refused and decided as at AWS, to the letter.
#include "services/dynamodb/expression/condition.h"

#include "services/dynamodb/expression/testing.h"

namespace hearth::services::dynamodb {
namespace {

using testing::item;

std::string refusal(std::string_view text, ExpressionKind kind = ExpressionKind::kCondition) {
  auto placeholders = testing::placeholders();
  const std::string message = testing::refusal(Condition::parse(kind, text, placeholders));
  const std::string prefix = "Invalid " + std::string(parameter_of(kind)) + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

bool holds(std::string_view text, std::string_view json) {
  auto placeholders = testing::placeholders();
  const auto condition = Condition::parse(ExpressionKind::kFilter, text, placeholders);
  EXPECT_TRUE(condition.has_value()) << text << ": " << refusal(text);
  return condition && condition->holds(item(json));
}

TEST(Condition, the_parameter_stands_before_what_is_said) {
  auto placeholders = testing::placeholders();
  EXPECT_EQ(testing::refusal(Condition::parse(ExpressionKind::kFilter, "", placeholders)),
            "Invalid FilterExpression: The expression can not be empty;");
  EXPECT_EQ(testing::refusal(Condition::parse(ExpressionKind::kCondition, "a", placeholders)),
            "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"a\"");
}

TEST(Condition, syntax_errors_show_the_token_and_its_neighbours) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"a = ", "<EOF>", "="},
      {"_a = :s", "_", "_a"},
      {"a = _123 OR b", "_", "= _123"},
      {"2a = :s", "2", "2a"},
      {"user-id = :s", "-", "user-id"},
      {"a.0.b = :s", "0", ".0."},
      {"a = : s", ":", "= : s"},
      {"a = \"x\"", "\"", "= \"x"},
      {"a = 1", "1", "= 1"},
      {"é = :s", "é", "é ="},
      {"a = :s b", "b", ":s b"},
      {"a[:s] = :s", ":s", "[:s]"},
      {"a[-1] = :s", "-", "[-1"},
      {"a IN ()", ")", "()"},
      {"size() = :n", ")", "() ="},
      {":s", "<EOF>", ":s"},
      {"a AND b = :s", "AND", "a AND b"},
      {"(a = :s", "<EOF>", ":s"},
      {"a = :s)", ")", ":s)"},
      {"a = (b = :s)", "<EOF>", ")"},
      {"and = :s", "and", "and ="},
      {"a BETWEEN :n OR :n", "OR", ":n OR :n"},
      {"a == :s", "=", "== :s"},
      {" \n ", "<EOF>", ""},
  };
  for (const auto& [text, token, near] : cases) {
    EXPECT_EQ(refusal(text), "Syntax error; token: \"" + token + "\", near: \"" + near + "\"") << text;
  }
}

TEST(Condition, size_and_operators_are_limited) {
  EXPECT_EQ(refusal(std::string(4097, '(')),
            "Expression size has exceeded the maximum allowed size; expression size: 4097");
  std::string many = "a=:s";
  for (int i = 0; i < 150; ++i) many += " OR a=:s";
  EXPECT_EQ(refusal(many), "The expression contains too many operators; operator count: 301");
  many.resize(many.size() - std::string_view(" OR a=:s").size());
  EXPECT_EQ(refusal(many), "accepted");
}

TEST(Condition, no_text_is_too_deep_to_be_refused) {
  EXPECT_EQ(refusal(std::string(4096, '(')), "The expression has redundant parentheses;");
  std::string nested = "size(";
  while (nested.size() < 4090) nested += "size(";
  EXPECT_EQ(refusal(nested), R"(Syntax error; token: "size", near: "(size(")");
  std::string negated;
  while (negated.size() < 4080) negated += "NOT ";
  EXPECT_EQ(refusal(negated + "a=:s"), "The expression contains too many operators; operator count: 301");
}

TEST(Condition, parentheses_are_refused_where_they_are_doubled_only) {
  const std::string redundant = "The expression has redundant parentheses;";
  EXPECT_EQ(refusal("((a=b))"), redundant);
  EXPECT_EQ(refusal("((a)) = b"), redundant);
  EXPECT_EQ(refusal("c=d AND ((a=b OR b=c))"), redundant);
  for (const char* text : {"(a=b)", "((a=b) AND c=d)", "((a) = b)", "(NOT (a=b))", "a = (b)",
                           "( ( ( size ( #a )) < #b.Maximum ) AND ( c > :n ) )", "size((a)) = :n"}) {
    EXPECT_EQ(refusal(text), "accepted") << text;
  }
}

TEST(Condition, faults_have_their_texts) {
  const std::string misused = "The function is not allowed to be used this way in an expression; function: ";
  const std::string count = "Incorrect number of operands for operator or function; operator or function: ";
  const std::string distinct =
      "The first operand must be distinct from the remaining operands for this operator or function; "
      "operator: ";
  const std::string needs_path = "Operator or function requires a document path; operator or function: ";
  const std::string type = "Incorrect operand type for operator or function; operator or function: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"f(a)", "Invalid function name; function: f"},
      {"Size(a) = :n", "Invalid function name; function: Size"},
      {"if_not_exists(a, :n) = :n",
       "The function is not allowed in a condition expression; function: if_not_exists"},
      {"size(a)", misused + "size"},
      {"NOT size(a)", misused + "size"},
      {"attribute_exists(a) < :n", misused + "attribute_exists"},
      {"contains(a, begins_with(b, :s))", misused + "begins_with"},
      {"status = :s", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"a.Status = :s", "Attribute name is a reserved keyword; reserved keyword: Status"},
      {"#c = :s",
       "An expression attribute name used in the document path is not defined; attribute name: #c"},
      {"a = :c", "An expression attribute value used in expression is not defined; attribute value: :c"},
      {"a[4294967295] = :s", "List index is not within the allowable range; index: [4294967295]"},
      {"a[99999999999999] = :s", "List index is not within the allowable range; index: [99999999999999]"},
      {"a[4294967294] = :s", "accepted"},
      {"attribute_exists(a, b)", count + "attribute_exists, number of operands: 2"},
      {"size(a, b) > :n", count + "size, number of operands: 2"},
      {"begins_with(a)", count + "begins_with, number of operands: 1"},
      {"a = a", distinct + "=, first operand: [a]"},
      {"#a.b[0] <> a.b[0]", distinct + "<>, first operand: [a, b, [0]]"},
      {"contains(a, a)", distinct + "contains, first operand: [a]"},
      {"a IN (b, a)", distinct + "IN, first operand: [a]"},
      {"attribute_exists(:s)", needs_path + "attribute_exists"},
      {"attribute_not_exists(size(a))", needs_path + "attribute_not_exists"},
      {"begins_with(a, :n)", type + "begins_with, operand type: N"},
      {"begins_with(a, size(b))", type + "begins_with, operand type: N"},
      {"begins_with(:ss, a)", type + "begins_with, operand type: SS"},
      {"contains(:n, a)", type + "contains, operand type: N"},
      {"size(:n) > :n", type + "size, operand type: N"},
      {"size(:null) > :n", type + "size, operand type: NULL"},
      {"size(size(a)) > :n", type + "size, operand type: N"},
      {"a < :bool", type + "<, operand type: BOOL"},
      {"a >= :m", type + ">=, operand type: M"},
      {"a BETWEEN :l AND :n", type + "BETWEEN, operand type: L"},
      {"attribute_type(a, :n)", type + "attribute_type, operand type: N"},
      {"attribute_type(a, b)", type + "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"},
      {"attribute_type(a, :dog)",
       "Invalid attribute type name found; type: DOG, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
      {"a BETWEEN :n AND :n1",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
       "operand: "
       "AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}"},
      {"a BETWEEN :n AND :s",
       "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
       "AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:text}"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(refusal(text), message) << text;
}

TEST(Condition, the_kind_of_a_fault_decides_what_is_said) {
  // Each has the faults of those behind it as well, and earlier in its text.
  const std::string types = "begins_with(a, :n) AND ";
  const std::string same = types + "a = a AND ";
  const std::string counts = same + "size(a, b) > :n AND ";
  const std::string undefined = counts + "a = :c AND ";
  const std::string reserved = undefined + "status = :s AND ";
  const std::string misused = reserved + "size(a) AND ";
  const std::string unknown = misused + "f(a) AND ";
  EXPECT_TRUE(refusal(types + "b=c").starts_with("Incorrect operand type"));
  EXPECT_TRUE(refusal(same + "b=c").starts_with("The first operand must be distinct"));
  EXPECT_TRUE(refusal(counts + "b=c").starts_with("Incorrect number of operands"));
  EXPECT_TRUE(refusal(undefined + "b=c").starts_with("An expression attribute value"));
  EXPECT_TRUE(refusal(reserved + "b=c").starts_with("Attribute name is a reserved keyword"));
  EXPECT_TRUE(refusal(misused + "b=c").starts_with("The function is not allowed to be used"));
  EXPECT_TRUE(refusal(unknown + "b=c").starts_with("Invalid function name"));
  EXPECT_TRUE(refusal(unknown + "((b=c))").starts_with("The expression has redundant parentheses"));
  EXPECT_TRUE(refusal(unknown + "((b=c)").starts_with("Syntax error"));
}

TEST(Condition, lists_of_in_are_limited) {
  std::string list = "a IN (:s";
  for (int i = 1; i < 100; ++i) list += ",:s";
  EXPECT_EQ(refusal(list + ")"), "accepted");
  EXPECT_EQ(refusal(list + ",:s)"),
            "The IN operator is provided with too many operands; number of operands: 101");
}

TEST(Condition, paths_are_limited) {
  std::string path = "a";
  for (int i = 1; i < 32; ++i) path += "[0]";
  EXPECT_EQ(refusal(path + " = :s"), "accepted");
  EXPECT_EQ(refusal(path + ".b = :s"), "The document path has too many nesting elements; nesting levels: 33");
}

TEST(Condition, what_is_not_there_differs_from_everything) {
  EXPECT_FALSE(holds("a = :s", "{}"));
  EXPECT_TRUE(holds("a <> :s", "{}"));
  EXPECT_TRUE(holds("a <> b", "{}"));
  EXPECT_FALSE(holds("a = b", "{}"));
  for (const char* op : {"<", "<=", ">", ">="})
    EXPECT_FALSE(holds("a " + std::string(op) + " :s", "{}")) << op;
  EXPECT_FALSE(holds("a BETWEEN :n1 AND :n", "{}"));
  EXPECT_FALSE(holds("a IN (:s)", "{}"));
  EXPECT_TRUE(holds("NOT a IN (:s)", "{}"));
  EXPECT_FALSE(holds("contains(a, :s)", "{}"));
  EXPECT_FALSE(holds("size(a) = :n", "{}"));
}

TEST(Condition, types_that_differ_are_not_equal_and_have_no_order) {
  const char* number = R"({"a":{"N":"5.0"}})";
  EXPECT_TRUE(holds("a = :n", number));
  EXPECT_FALSE(holds("a = :s", number));
  EXPECT_TRUE(holds("a <> :s", number));
  EXPECT_FALSE(holds("a < :s", number));
  EXPECT_FALSE(holds("a >= :s", number));
  EXPECT_FALSE(holds("a >= :n", R"({"a":{"S":"5"}})"));
  EXPECT_TRUE(holds("a IN (:s, :b, :n)", number));
}

TEST(Condition, order_is_by_value_and_by_bytes) {
  EXPECT_TRUE(holds("a > :n", R"({"a":{"N":"10"}})"));
  EXPECT_FALSE(holds("a > :n", R"({"a":{"N":"-10"}})"));
  EXPECT_TRUE(holds("a BETWEEN :n1 AND :n", R"({"a":{"N":"1"}})"));
  EXPECT_TRUE(holds("a BETWEEN :n1 AND :n", R"({"a":{"N":"5"}})"));
  EXPECT_FALSE(holds("a BETWEEN :n1 AND :n", R"({"a":{"N":"5.1"}})"));
  EXPECT_TRUE(holds(":n BETWEEN a AND b", R"({"a":{"N":"1"},"b":{"N":"9"}})"));
  EXPECT_TRUE(holds("a > :s", R"({"a":{"S":"texté"}})"));
  EXPECT_TRUE(holds("a > :b", R"({"a":{"B":"/w=="}})"));
}

TEST(Condition, documents_and_sets_are_equal_by_what_they_hold) {
  EXPECT_TRUE(holds("a = b", R"({"a":{"SS":["x","y"]},"b":{"SS":["y","x"]}})"));
  EXPECT_TRUE(holds("a = b", R"({"a":{"M":{"p":{"N":"1"},"q":{"NS":["1","2"]}}},
                                 "b":{"M":{"q":{"NS":["2","1.0"]},"p":{"N":"1.0"}}}})"));
  EXPECT_FALSE(holds("a = b", R"({"a":{"L":[{"N":"1"},{"N":"2"}]},"b":{"L":[{"N":"2"},{"N":"1"}]}})"));
}

TEST(Condition, functions_look_at_types_and_contents) {
  EXPECT_TRUE(holds("attribute_exists(a.b[1])", R"({"a":{"M":{"b":{"L":[{"N":"1"},{"NULL":true}]}}}})"));
  EXPECT_TRUE(holds("attribute_not_exists(a.b[2])", R"({"a":{"M":{"b":{"L":[{"N":"1"},{"NULL":true}]}}}})"));
  EXPECT_TRUE(holds("attribute_not_exists(a.b)", R"({"a":{"S":"x"}})"));
  EXPECT_TRUE(holds("attribute_type(a, :type)", R"({"a":{"SS":["x"]}})"));
  EXPECT_FALSE(holds("attribute_type(a, :type)", R"({"a":{"S":"x"}})"));
  EXPECT_TRUE(holds("attribute_type(:ss, :type)", "{}"));
  EXPECT_TRUE(holds("begins_with(a, :s2)", R"({"a":{"S":"text"}})"));
  EXPECT_TRUE(holds("begins_with(:s, a)", R"({"a":{"S":"te"}})"));
  EXPECT_TRUE(holds("begins_with(a, :b)", R"({"a":{"B":"AQID"}})"));
  EXPECT_FALSE(holds("begins_with(a, :s)", R"({"a":{"N":"1"}})"));
  EXPECT_TRUE(holds("contains(a, :s2)", R"({"a":{"S":"context"}})"));
  EXPECT_TRUE(holds("contains(a, :b)", R"({"a":{"B":"AAECAw=="}})"));
  EXPECT_TRUE(holds("contains(a, :x)", R"({"a":{"SS":["x","y"]}})"));
  EXPECT_TRUE(holds("contains(a, :n)", R"({"a":{"NS":["5.00"]}})"));
  EXPECT_TRUE(holds("contains(a, :ss)", R"({"a":{"L":[{"SS":["y","x"]}]}})"));
  EXPECT_FALSE(holds("contains(a, :ss)", R"({"a":{"SS":["x","y"]}})"));
  EXPECT_FALSE(holds("contains(a, :x)", R"({"a":{"M":{"x":{"S":"x"}}}})"));
  EXPECT_TRUE(holds("contains(a, size(b))", R"({"a":{"L":[{"N":"2"}]},"b":{"S":"xy"}})"));
}

TEST(Condition, size_counts_characters_bytes_and_elements) {
  const auto has_size = [](std::string_view value, std::string_view size) {
    return holds("size(a) = b",
                 R"({"a":)" + std::string(value) + R"(,"b":{"N":")" + std::string(size) + R"("}})");
  };
  EXPECT_TRUE(has_size(R"({"S":"abÿ"})", "3"));
  EXPECT_TRUE(has_size(R"({"S":""})", "0"));
  EXPECT_TRUE(has_size(R"({"B":"AQID"})", "3"));
  EXPECT_TRUE(has_size(R"({"SS":["x","y"]})", "2"));
  EXPECT_TRUE(has_size(R"({"L":[]})", "0"));
  EXPECT_TRUE(has_size(R"({"M":{"x":{"S":"x"}}})", "1"));
  EXPECT_FALSE(has_size(R"({"N":"123"})", "3"));
  EXPECT_FALSE(holds("size(a) < :n", R"({"a":{"N":"1"}})"));
}

TEST(Condition, not_binds_closer_than_and_and_and_closer_than_or) {
  const char* a = R"({"a":{"S":"text"}})";
  EXPECT_TRUE(holds("a = :s OR b = :s AND c = :s", a));
  EXPECT_FALSE(holds("(a = :s OR b = :s) AND c = :s", a));
  EXPECT_TRUE(holds("NOT b = :s AND a = :s", a));
  EXPECT_FALSE(holds("NOT (b = :s OR a = :s)", a));
  EXPECT_TRUE(holds("not not a = :s", a));
  EXPECT_TRUE(holds("a between :s2 and :x oR b in (:n)", a));
}

TEST(Condition, a_dot_in_a_placeholder_is_part_of_the_name) {
  EXPECT_TRUE(holds("#dotted = :s", R"({"x.y":{"S":"text"}})"));
  EXPECT_FALSE(holds("#dotted = :s", R"({"x":{"M":{"y":{"S":"text"}}}})"));
}

TEST(Condition, knows_what_it_names) {
  auto placeholders = testing::placeholders();
  const auto condition = Condition::parse(ExpressionKind::kFilter,
                                          "a.b = :s OR (size(c) > d AND NOT #status = :n)", placeholders);
  EXPECT_EQ(condition->names(), (AttributeNames{{"a", true}, {"c", false}, {"d", false}, {"status", false}}));
}

}  // namespace
}  // namespace hearth::services::dynamodb
