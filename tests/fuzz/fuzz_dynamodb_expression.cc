#include <cstdlib>

#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/named_attributes.h"
#include "services/dynamodb/expression/projection.h"
#include "services/dynamodb/expression/update.h"
#include "services/dynamodb/item/value_json.h"

namespace {

using namespace hearth::services::dynamodb;

Placeholders placeholders() {
  static const Item kValues = *read_item(
      R"({":a":{"S":"x"},":b":{"N":"2"},":c":{"L":[{"S":"x"}]},":d":{"SS":["x","y"]},":e":{"M":{"b":{"N":"1"}}}})");
  return Placeholders(Placeholders::Names{{"#a", "a"}, {"#b", "b.b"}}, kValues);
}

const Item& item() {
  static const Item kItem = *read_item(
      R"({"a":{"M":{"b":{"L":[{"N":"1"},{"M":{"c":{"S":"x"}}}]}}},"b":{"N":"2"},"c":{"S":"xyz"},"d":{"SS":["x"]}})");
  return kItem;
}

// What an expression turns out to name was seen before it was parsed.
void check_names(ExpressionForm form, std::string_view text, const AttributeNames& names) {
  const auto seen = named_attributes(form, text, {{"#a", "a"}, {"#b", "b.b"}});
  for (const auto& [name, nested] : names) {
    if (!seen.contains(name)) std::abort();
  }
}

void check_condition(std::string_view text) {
  auto names = placeholders();
  const auto condition = Condition::parse(ExpressionKind::kFilter, text, names);
  if (!condition) return;
  check_names(ExpressionForm::kOther, text, condition->names());
  // Of a condition and its opposite one holds, unless the opposite is one operator or pair of parentheses too
  // many.
  const std::string opposite = "NOT (" + std::string(text) + ")";
  const auto other = Condition::parse(ExpressionKind::kFilter, opposite, names);
  if (other && other->holds(item()) == condition->holds(item())) std::abort();
  if (condition->holds(Item()) && other && other->holds(Item())) std::abort();
  const KeySchema schema{.hash = {{"a", Type::kString}}, .range = {{"b", Type::kNumber}}};
  if (const auto key = KeyCondition::parse(text, names)) (void)key->bounds(schema);
}

void check_projection(std::string_view text) {
  auto names = placeholders();
  const auto projection = Projection::parse(text, names);
  if (!projection) return;
  check_names(ExpressionForm::kOther, text, projection->names());
  if (projection->apply(item()).size() > item().size()) std::abort();
}

void check_update(std::string_view text) {
  auto names = placeholders();
  const auto update = Update::parse(text, names);
  if (!update) return;
  check_names(ExpressionForm::kUpdate, text, update->names());
  Item changed = item();
  if (!update->apply(changed, true) && changed != item()) std::abort();
  (void)update->named_part(changed);
  Item created;
  if (update->apply(created, false) && !update->creates_item() && !created.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_condition(text);
  check_projection(text);
  check_update(text);
  return 0;
}
