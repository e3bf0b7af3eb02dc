// Promise: your AWS code runs unchanged. Statements of PartiQL say what they say at AWS.
#include "services/dynamodb/partiql/statement.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/evaluate.h"
#include "services/dynamodb/expression/update.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb::partiql {
namespace {

Statement statement(std::string_view text, std::string_view parameters = "[]") {
  auto read = parse_statement(text, *read_list(parameters));
  EXPECT_TRUE(read.has_value()) << text << ": " << (read ? "" : read.error().message);
  return read.value_or(Statement{.verb = Verb::kExists, .table = "none"});
}

std::string refusal(std::string_view text, std::string_view parameters = "[]") {
  const auto read = parse_statement(text, *read_list(parameters));
  return read ? "accepted" : read.error().message;
}

bool holds(std::string_view where, std::string_view json, std::string_view parameters = "[]") {
  const auto read = statement("SELECT * FROM t WHERE " + std::string(where), parameters);
  return read.where && dynamodb::holds(*read.where, *read_item(json));
}

// The item after an UPDATE.
std::string after(std::string_view changes, std::string_view json, std::string_view parameters = "[]") {
  const auto read = statement("UPDATE t " + std::string(changes), parameters);
  Item item = *read_item(json);
  const Status applied = Update(read.changes).apply(item, true);
  return applied ? to_json(item) : applied.error().message;
}

const std::string kMalformed = "Statement wasn't well formed, can't be processed: ";

TEST(PartiQL, select_names_columns_table_and_index) {
  const auto all = statement("SELECT * FROM \"Music\"");
  EXPECT_EQ(all.verb, Verb::kSelect);
  EXPECT_EQ(all.table, "Music");
  EXPECT_FALSE(all.index);
  EXPECT_FALSE(all.where);
  EXPECT_TRUE(all.selection.columns.empty());

  const auto some =
      statement("select a, \"b c\".d, e[0] from \"my-table\".\"by-date\" where a = 1 order by a desc, b;");
  EXPECT_EQ(some.table, "my-table");
  EXPECT_EQ(some.index, "by-date");
  ASSERT_EQ(some.order.size(), 2);
  EXPECT_EQ(some.order[0].attribute, "a");
  EXPECT_TRUE(some.order[0].descending);
  EXPECT_FALSE(some.order[1].descending);
  EXPECT_EQ(to_json(some.selection.apply(*read_item(
                R"({"a":{"N":"1"},"b c":{"M":{"d":{"S":"x"}}},"e":{"L":[{"S":"y"}]},"f":{"N":"2"}})"))),
            R"({"_3":{"S":"y"},"a":{"N":"1"},"d":{"S":"x"}})");
  EXPECT_EQ(statement("SELECT * FROM \"arn:aws:dynamodb:eu-west-1:111111111111:table/t\"").table,
            "arn:aws:dynamodb:eu-west-1:111111111111:table/t");
}

TEST(PartiQL, insert_takes_any_value) {
  const auto read = statement(
      R"(INSERT INTO "t" VALUE {'s': 'it''s', 'n': -1.50e1, 't': TRUE, 'f': false, 'z': NULL, 'l': [1, 'x', []],
         'm': {'a': {'b': ?}}, 'ss': <<'y', 'x'>>, 'ns': <<1, 2.0>>, 'bs': <<?>>})",
      R"([{"S":"p"},{"B":"AQ=="}])");
  EXPECT_EQ(read.verb, Verb::kInsert);
  EXPECT_EQ(to_json(read.item), to_json(*read_item(R"({"s":{"S":"it's"},"n":{"N":"-15"},"t":{"BOOL":true},
      "f":{"BOOL":false},"z":{"NULL":true},"l":{"L":[{"N":"1"},{"S":"x"},{"L":[]}]},
      "m":{"M":{"a":{"M":{"b":{"S":"p"}}}}},"ss":{"SS":["x","y"]},"ns":{"NS":["1","2"]},"bs":{"BS":["AQ=="]}})")));
}

TEST(PartiQL, updates_are_those_of_expressions) {
  EXPECT_EQ(after("SET a = 1 SET b.c = 'x', d = ? REMOVE e", R"({"b":{"M":{}},"e":{"N":"1"}})",
                  R"([{"BOOL":true}])"),
            R"({"a":{"N":"1"},"b":{"M":{"c":{"S":"x"}}},"d":{"BOOL":true}})");
  EXPECT_EQ(after("SET a = a + 1", R"({"a":{"N":"1"}})"), R"({"a":{"N":"2"}})");
  EXPECT_EQ(after("SET a = a-1", R"({"a":{"N":"1"}})"), R"({"a":{"N":"0"}})");
  EXPECT_EQ(after("SET a = -1", "{}"), R"({"a":{"N":"-1"}})");
  EXPECT_EQ(after("SET a = list_append(a, ['x'])", R"({"a":{"L":[]}})"), R"({"a":{"L":[{"S":"x"}]}})");
  EXPECT_EQ(after("SET a = set_add(a, <<'x'>>)", R"({"a":{"SS":["y"]}})"), R"({"a":{"SS":["x","y"]}})");
  EXPECT_EQ(after("SET a = set_delete(a, <<'x'>>)", R"({"a":{"SS":["x","y"]}})"), R"({"a":{"SS":["y"]}})");
  EXPECT_EQ(after("REMOVE a.b[0]", R"({"a":{"M":{"b":{"L":[{"N":"1"}]}}}})"),
            R"({"a":{"M":{"b":{"L":[]}}}})");
  EXPECT_EQ(after("SET a = b", "{}"),
            "The provided expression refers to an attribute that does not exist in the item");
}

TEST(PartiQL, writes_may_return_items) {
  EXPECT_EQ(statement("UPDATE t SET a = 1 WHERE k = 1").returning, Returning::kNothing);
  EXPECT_EQ(statement("UPDATE t SET a = 1 WHERE k = 1 RETURNING ALL OLD *").returning, Returning::kAllOld);
  EXPECT_EQ(statement("UPDATE t SET a = 1 WHERE k = 1 RETURNING MODIFIED OLD *").returning,
            Returning::kModifiedOld);
  EXPECT_EQ(statement("UPDATE t SET a = 1 WHERE k = 1 RETURNING ALL NEW *").returning, Returning::kAllNew);
  EXPECT_EQ(statement("UPDATE t SET a = 1 WHERE k = 1 RETURNING MODIFIED NEW *").returning,
            Returning::kModifiedNew);
  EXPECT_EQ(statement("DELETE FROM t WHERE k = 1 returning all old *").returning, Returning::kAllOld);
  EXPECT_EQ(refusal("DELETE FROM t WHERE k = 1 RETURNING ALL NEW *"), kMalformed + "Unexpected keyword");
}

TEST(PartiQL, exists_asks_for_an_item) {
  const auto read = statement("EXISTS(SELECT * FROM t WHERE k = ? AND a IS NOT MISSING)", R"([{"N":"1"}])");
  EXPECT_EQ(read.verb, Verb::kExists);
  EXPECT_EQ(read.table, "t");
  EXPECT_TRUE(read.where);
}

TEST(PartiQL, conditions_are_those_of_expressions) {
  const char* item = R"({"a":{"N":"5"},"b":{"M":{"c":{"S":"text"}}},"n":{"NULL":true},"s":{"SS":["x"]}})";
  EXPECT_TRUE(holds("a = 5.0", item));
  EXPECT_TRUE(holds("a != 6 AND a <> 6 AND NOT a = 6", item));
  EXPECT_TRUE(holds("6 > a AND -1 < a", item));
  EXPECT_TRUE(holds("a BETWEEN 1 AND ?", item, R"([{"N":"5"}])"));
  EXPECT_TRUE(holds("a IN [1, 5]", item));
  EXPECT_TRUE(holds("a IN (1, 5)", item));
  EXPECT_FALSE(holds("a IN [1, 6]", item));
  EXPECT_TRUE(holds("begins_with(\"b\".\"c\", 'te')", item));
  EXPECT_TRUE(holds("contains(s, 'x')", item));
  EXPECT_TRUE(holds("size(b.c) = 4", item));
  EXPECT_TRUE(holds("attribute_type(a, 'N')", item));
  EXPECT_TRUE(holds("((a = 5)) OR z = 1", item));
  EXPECT_TRUE(holds("z IS MISSING AND a IS NOT MISSING", item));
  EXPECT_TRUE(holds("n IS NULL AND a IS NOT NULL", item));
  EXPECT_FALSE(holds("z IS NULL", item));
  EXPECT_TRUE(holds("\"select\" = 'x'", R"({"select":{"S":"x"}})"));
}

TEST(PartiQL, conditions_may_add_up) {
  const char* item = R"({"a":{"N":"5"},"b":{"S":"text"},"c":{"N":"9e125"}})";
  EXPECT_TRUE(holds("a + 1 = 6", item));
  EXPECT_TRUE(holds("a - 1 - 1 = 3 AND 1 -a = -4", item));
  EXPECT_TRUE(holds("a - (1 - 1) = 5", item));
  EXPECT_TRUE(holds("size(b) + a > 8 AND a + size(b) = 9", item));
  EXPECT_TRUE(holds("a BETWEEN a - 1 AND a + 1 AND 6 IN [a + 1, 7]", item));
  EXPECT_FALSE(holds("b + 1 = 1", item));
  EXPECT_FALSE(holds("z + 1 = 1", item));
  EXPECT_FALSE(holds("c + c > 0", item));
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a + (b = 1) = 2"), kMalformed + "Unexpected term");
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a +"), kMalformed + "Unexpected term");
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a + 1"),
            "The function is not allowed to be used this way in an expression; function: +");
  std::string sums = "SELECT * FROM t WHERE a";
  for (int i = 0; i < 2000; ++i) sums += "+a";
  EXPECT_EQ(refusal(sums + "=1"), kMalformed + "Unexpected term");
}

TEST(PartiQL, what_is_no_statement_is_refused) {
  EXPECT_EQ(refusal(""), kMalformed + "Expected data manipulation");
  EXPECT_EQ(refusal("DROP TABLE t"), kMalformed + "Expected data manipulation");
  EXPECT_EQ(refusal("UPDATE Payment-x SET a=? WHERE b=?"), kMalformed + "Expected data manipulation");
  EXPECT_EQ(refusal("SELECT * FROM t WHERE"), kMalformed + "Unexpected term");
  EXPECT_EQ(refusal("SELECT FROM t"), kMalformed + "Unexpected keyword");
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a = 'open"), kMalformed + "Unexpected term");
  EXPECT_EQ(refusal("INSERT INTO urls (a, b) VALUES (?, ?)"), kMalformed + "Unexpected term");
  EXPECT_EQ(refusal("INSERT INTO t VALUE 1"), kMalformed + "Unexpected term");
  EXPECT_EQ(refusal("SELECT * FROM t WHERE f(a)"), kMalformed + "Unknown function: f");
  EXPECT_EQ(refusal("SELECT a.value FROM t"), kMalformed + "Invalid path dot component");
  EXPECT_EQ(refusal("SELECT * FROM t; SELECT * FROM t"), kMalformed + "Unexpected keyword");
  EXPECT_EQ(refusal("INSERT INTO t VALUE {'a': <<>>}"),
            "One or more parameter values were invalid: An string set  may not be empty");
  EXPECT_EQ(refusal("INSERT INTO t VALUE {'a': <<'x', 'x'>>}"),
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates.");
  EXPECT_EQ(refusal("INSERT INTO t VALUE {'a': <<1, 1.0>>}"), "Input collection contains duplicates");
  EXPECT_EQ(
      refusal("UPDATE t SET a = 1, a = 2 WHERE k = 1"),
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], "
      "path two: [a]");
}

TEST(PartiQL, what_is_not_served_is_refused_by_name) {
  for (const char* text : {"UPDATE t SET a = set_add(b, <<1>>) WHERE k = 1", "SELECT size(a) FROM t"}) {
    const auto read = parse_statement(text, {});
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "NotImplemented") << text;
  }
}

TEST(PartiQL, each_place_has_its_parameter) {
  const std::string counts = "Number of parameters in request and statement don't match.";
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a = ?"), counts);
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a = 1", R"([{"N":"1"}])"), counts);
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a = ? AND b = ?", R"([{"N":"1"},{"N":"1"}])"), "accepted");
  EXPECT_EQ(refusal("SELECT * FROM t WHERE a = '?'"), "accepted");
}

TEST(PartiQL, no_statement_is_too_deep_to_be_refused) {
  EXPECT_NE(refusal("SELECT * FROM t WHERE " + std::string(8000, '(')), "accepted");
  EXPECT_EQ(refusal("INSERT INTO t VALUE {'a': " + std::string(8000, '[')),
            "Nesting Levels have exceeded supported limits");
  EXPECT_NE(refusal("SELECT * FROM t WHERE a = '" + std::string(8192, 'x') + "'"), "accepted");
}

}  // namespace
}  // namespace hearth::services::dynamodb::partiql
