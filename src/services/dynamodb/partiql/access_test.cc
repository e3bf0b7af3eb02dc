// Promise: your AWS code runs unchanged. A statement reads by key where its WHERE says so, and whatever way
// it reads, it finds the same items.
#include "services/dynamodb/partiql/access.h"

#include <gtest/gtest.h>

#include "services/dynamodb/expression/value_text.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/partiql/statement.h"

namespace hearth::services::dynamodb::partiql {
namespace {

const KeySchema kSchema = {.hash = {{"h", Type::kString}}, .range = {{"r", Type::kNumber}}};
const KeySchema kMany = {.hash = {{"h1", Type::kString}, {"h2", Type::kNumber}},
                         .range = {{"r1", Type::kString}, {"r2", Type::kNumber}}};

Statement statement(std::string_view where) {
  auto read = parse_statement("SELECT * FROM t WHERE " + std::string(where), {});
  EXPECT_TRUE(read.has_value()) << where << ": " << (read ? "" : read.error().message);
  return read.value_or(Statement{.verb = Verb::kSelect, .table = "none"});
}

// "hash/range<comparison as number>operands hash… +" with a plus where something is left to ask.
std::string shown(std::string_view where, const KeySchema& schema = kSchema) {
  const auto access = access_of(statement(where).where, schema);
  if (!access) return access.error().message;
  std::string out;
  for (const KeyBounds& key : access->keys) {
    if (!out.empty()) out += " ";
    for (const Value& value : key.hash) out += text_of(value);
    out += "/";
    for (const Value& value : key.range) out += text_of(value);
    if (key.comparison != KeyBounds::Comparison::kAny)
      out += std::to_string(static_cast<int>(key.comparison));
    for (const Value& value : key.operands) out += text_of(value);
  }
  return access->rest ? out + " +" : out;
}

TEST(Access, equality_of_the_partition_key_reads_one_partition) {
  EXPECT_EQ(shown("h = 'x'"), "{S:x}/");
  EXPECT_EQ(shown("'x' = h"), "{S:x}/");
  EXPECT_EQ(shown("h = 'x' AND r = 1"), "{S:x}/{N:1}");
  EXPECT_EQ(shown("h = 'x' AND a = 1"), "{S:x}/ +");
  EXPECT_EQ(shown("(a = 1 AND h = 'x') AND r > 1"), "{S:x}/3{N:1} +");
  EXPECT_EQ(shown("h = 'x' AND 1 > r"), "{S:x}/1{N:1}");
  EXPECT_EQ(shown("h = 'x' AND r BETWEEN 1 AND 2"), "{S:x}/5{N:1}{N:2}");
}

TEST(Access, what_a_key_cannot_be_asked_is_left) {
  EXPECT_EQ(shown("h = 'x' AND r > 1 AND r < 5"), "{S:x}/3{N:1} +");
  EXPECT_EQ(shown("h = 'x' AND r IN [1, 2]"), "{S:x}/ +");
  EXPECT_EQ(shown("h = 'x' AND r <> 1"), "{S:x}/ +");
  EXPECT_EQ(shown("h = 'x' AND h = 'y'"), "{S:x}/ +");
  EXPECT_EQ(shown("h = 'x' AND r = 'y'"), "{S:x}/ +");
  EXPECT_EQ(shown("h = 'x' AND begins_with(r, 'y')"), "{S:x}/ +");
}

TEST(Access, several_values_read_several_partitions) {
  EXPECT_EQ(shown("h IN ['x', 'y', 'x'] AND r = 1"), "{S:x}/{N:1} {S:y}/{N:1}");
  EXPECT_EQ(shown("h = 'x' OR h = 'y'"), "{S:x}/ {S:y}/");
  std::string many = "h IN ['0'";
  for (int i = 1; i < 50; ++i) many += ", '" + std::to_string(i) + "'";
  EXPECT_EQ(access_of(statement(many + "]").where, kSchema)->keys.size(), 50);
  EXPECT_FALSE(access_of(statement(many + ", 'x']").where, kSchema));
}

TEST(Access, everything_else_reads_everything) {
  for (const char* where : {"h > 'x'", "a = 1", "h = 'x' OR a = 1", "NOT h = 'x'", "h = a", "h.b = 'x'",
                            "begins_with(h, 'x')", "r = 1", "h IS NOT MISSING"}) {
    EXPECT_EQ(shown(where), " +") << where;
  }
  EXPECT_TRUE(access_of(std::nullopt, kSchema)->keys.empty());
  EXPECT_EQ(shown("h = 1"),
            "One or more parameter values were invalid: Condition parameter type does not match schema type");
}

TEST(Access, keys_of_several_attributes) {
  EXPECT_EQ(shown("h1 = 'x' AND r1 = 'y' AND h2 = 1 AND r2 > 2", kMany), "{S:x}{N:1}/{S:y}3{N:2}");
  EXPECT_EQ(shown("h1 = 'x' AND h2 IN [1, 2]", kMany), "{S:x}{N:1}/ {S:x}{N:2}/");
  EXPECT_EQ(shown("h1 = 'x' AND r1 = 'y'", kMany), " +");
  EXPECT_EQ(shown("h1 = 'x' AND h2 = 1 AND r2 = 2", kMany), "{S:x}{N:1}/ +");
}

TEST(Access, writes_need_the_whole_key) {
  const auto one = one_item_of(statement("r = 1 AND h = 'x' AND a = 2").where, kSchema);
  ASSERT_TRUE(one);
  EXPECT_EQ(to_json(one->key), R"({"h":{"S":"x"},"r":{"N":"1"}})");
  ASSERT_TRUE(one->rest);
  EXPECT_TRUE(one->rest->holds(*read_item(R"({"a":{"N":"2"}})")));
  EXPECT_FALSE(one->rest->holds({}));
  for (const char* where : {"h = 'x'", "h = 'x' AND r > 1", "h IN ['x', 'y'] AND r = 1", "a = 1"}) {
    const auto refused = one_item_of(statement(where).where, kSchema);
    ASSERT_FALSE(refused) << where;
    EXPECT_EQ(refused.error().message,
              "Where clause does not contain a mandatory equality on all key attributes");
  }
  EXPECT_FALSE(one_item_of(std::nullopt, kSchema));
}

}  // namespace
}  // namespace hearth::services::dynamodb::partiql
