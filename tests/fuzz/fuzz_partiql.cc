#include <algorithm>
#include <compare>
#include <cstdlib>

#include "services/dynamodb/expression/update.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/partiql/access.h"
#include "services/dynamodb/partiql/statement.h"

namespace {

using namespace hearth::services::dynamodb;
using Comparison = KeyBounds::Comparison;

const KeySchema& schema() {
  static const KeySchema kSchema{.hash = {{"a", Type::kString}}, .range = {{"b", Type::kNumber}}};
  return kSchema;
}

const List& items() {
  static const List kItems = *read_list(R"([
      {"M":{"a":{"S":"x"},"b":{"N":"1"},"c":{"S":"xyz"},"d":{"SS":["x"]}}},
      {"M":{"a":{"S":"x"},"b":{"N":"2"},"c":{"L":[{"N":"1"}]}}},
      {"M":{"a":{"S":"y"},"b":{"N":"1"},"d":{"M":{"e":{"NULL":true}}}}},
      {"M":{"a":{"S":"y"},"b":{"N":"-3"}}}])");
  return kItems;
}

bool in_bounds(const KeyBounds& bounds, const Value& value) {
  const auto is = [&](size_t operand, bool (*relation)(std::partial_ordering)) {
    return relation(*order(value, bounds.operands.at(operand)));
  };
  switch (bounds.comparison) {
    case Comparison::kAny:
      return true;
    case Comparison::kLess:
      return is(0, std::is_lt);
    case Comparison::kLessEqual:
      return is(0, std::is_lteq);
    case Comparison::kGreater:
      return is(0, std::is_gt);
    case Comparison::kGreaterEqual:
      return is(0, std::is_gteq);
    case Comparison::kBetween:
      return is(0, std::is_gteq) && is(1, std::is_lteq);
    case Comparison::kBeginsWith:
      return value.text().starts_with(bounds.operands.at(0).text());
  }
  std::abort();
}

bool has_key(const Item& item, const KeyBounds& bounds) {
  if (bounds.hash.at(0) != *item.find("a")) return false;
  const Value& range = *item.find("b");
  return bounds.range.empty() ? in_bounds(bounds, range) : bounds.range.front() == range;
}

// Whichever way items are read, those are found for which the condition holds.
void check_access(const syntax::Predicate& where) {
  const auto access = partiql::access_of(where, schema());
  if (!access) return;
  const Condition whole(where);
  for (const Value& value : items()) {
    const Item& item = value.map();
    const bool reached =
        access->keys.empty() ||
        std::ranges::any_of(access->keys, [&](const KeyBounds& bounds) { return has_key(item, bounds); });
    const bool found = reached && (!access->rest || access->rest->holds(item));
    if (found != whole.holds(item)) std::abort();
  }
  (void)partiql::one_item_of(where, schema());
}

}  // namespace

// The number of parameters comes first.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const List kParameters = *read_list(R"([{"S":"x"},{"N":"1"},{"SS":["x","y"]}])");
  const List parameters(kParameters.begin(), kParameters.begin() + data[0] % 4);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto statement = partiql::parse_statement(text, parameters);
  if (!statement) return 0;
  if (statement->where) check_access(*statement->where);
  for (const Value& value : items()) {
    (void)statement->selection.apply(value.map());
    Item changed = value.map();
    (void)Update(statement->changes).apply(changed, true);
  }
  return 0;
}
