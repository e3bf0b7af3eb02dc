// Promise: your AWS code runs unchanged. Conditions that nobody thought of are decided by the rules: random
// ones, with all parentheses that they need and some that they do not, against functions that say the same in
// plain words.
#include <fmt/format.h>

#include <array>
#include <functional>

#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/named_attributes.h"
#include "services/dynamodb/expression/testing.h"

namespace hearth::services::dynamodb {
namespace {

constexpr int kConditions = 20'000;
constexpr int kItemsEach = 8;

// Few, so that they meet.
constexpr auto kValues = std::to_array<std::string_view>(
    {R"({"S":"x"})", R"({"S":"xy"})", R"({"S":""})", R"({"N":"1"})", R"({"N":"2"})", R"({"N":"10"})",
     R"({"B":"eA=="})", R"({"BOOL":true})", R"({"NULL":true})", R"({"SS":["x","xy"]})", R"({"NS":["1","2"]})",
     R"({"L":[{"S":"x"},{"N":"2"}]})", R"({"M":{"b":{"S":"x"}}})", R"({"M":{"b":{"L":[{"N":"1"}]}}})"});
constexpr auto kPaths =
    std::to_array<std::string_view>({"a", "b", "c", "a.b", "b.b", "a[0]", "b[1]", "a.b[0]", "#a", "c . b"});

using Truth = std::function<bool(const Item&)>;
using Worth = std::function<std::optional<Value>(const Item&)>;

// Text, and what it says.
template <typename Says>
struct Said {
  std::string text;
  Says says;
  // For operands: the value that stands there whatever the item is.
  std::optional<Value> constant = std::nullopt;
};

bool ordered(const Value& value) {
  return value.is(Type::kString) || value.is(Type::kNumber) || value.is(Type::kBinary);
}

std::optional<Value> member(const Item& item, std::string_view path) {
  const auto step = [](const std::optional<Value>& value, std::string_view name) -> std::optional<Value> {
    if (!value || !value->is(Type::kMap)) return std::nullopt;
    const Value* found = value->map().find(name);
    return found ? std::optional(*found) : std::nullopt;
  };
  const auto at = [](const std::optional<Value>& value, size_t index) -> std::optional<Value> {
    if (!value || !value->is(Type::kList) || value->list().size() <= index) return std::nullopt;
    return value->list()[index];
  };
  const auto whole = std::optional(Value::map(item));
  if (path == "#a") return step(whole, "a");
  auto value = step(whole, path.substr(0, 1));
  if (path.find('b', 1) != std::string_view::npos) value = step(value, "b");
  if (path.contains("[0]")) return at(value, 0);
  if (path.contains("[1]")) return at(value, 1);
  return value;
}

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {
    Map values;
    for (size_t i = 0; i < kValues.size(); ++i) {
      values.set(fmt::format(":v{}", i), *read_value(kValues[i]));
    }
    placeholders_.emplace(Placeholders::Names{{"#a", "a"}}, std::move(values));
  }

  Placeholders& placeholders() { return *placeholders_; }

  Item item() {
    Item item;
    for (const char* name : {"a", "b", "c"}) {
      if (below(4) != 0) item.set(name, *read_value(kValues[below(kValues.size())]));
    }
    return item;
  }

  Said<Truth> condition(int depth) {
    const uint64_t kind = depth == 0 ? 3 + below(3) : below(6);
    if (kind == 0) return negation(depth);
    if (kind <= 2) return chain(depth, kind == 1);
    if (kind == 3) return function();
    return comparison();
  }

 private:
  uint64_t below(uint64_t bound) { return random_.below(bound); }

  Said<Truth> negation(int depth) {
    auto inner = condition(depth - 1);
    return {"NOT (" + inner.text + ")", [says = inner.says](const Item& item) { return !says(item); }};
  }

  // Elements are put into parentheses, so the precedence of what is in them is of no matter; where they are
  // not needed, they are left out at times.
  Said<Truth> chain(int depth, bool all) {
    std::vector<Truth> parts;
    std::string text;
    for (uint64_t count = 2 + below(3); count > 0; --count) {
      const bool simple = below(2) == 0;
      auto part = simple ? comparison() : condition(depth - 1);
      if (!text.empty()) text += all ? " AND " : " or ";
      text += simple ? part.text : "(" + part.text + ")";
      parts.push_back(std::move(part.says));
    }
    return {text, [parts, all](const Item& item) {
              for (const Truth& part : parts) {
                if (part(item) != all) return !all;
              }
              return all;
            }};
  }

  Said<Worth> path() {
    const std::string_view path = kPaths[below(kPaths.size())];
    return {std::string(path), [path](const Item& item) { return member(item, path); }};
  }

  Said<Worth> operand() {
    const uint64_t kind = below(8);
    if (kind == 0) return size();
    if (kind <= 4) return path();
    const size_t index = below(kValues.size());
    const Value value = *read_value(kValues[index]);
    return {fmt::format(":v{}", index), [value](const Item&) { return std::optional(value); }, value};
  }

  Said<Worth> size() {
    auto of = path();
    return {"size(" + of.text + ")",
            [of = of.says](const Item& item) -> std::optional<Value> {
              const auto value = of(item);
              if (!value) return std::nullopt;
              const auto number = [](size_t size) {
                return Value::number(Number(static_cast<int64_t>(size)));
              };
              if (value->is(Type::kString) || value->is(Type::kBinary)) return number(value->text().size());
              if (value->is(Type::kMap)) return number(value->map().size());
              if (value->is(Type::kList)) return number(value->list().size());
              if (value->is_set()) return number(value->elements().size());
              return std::nullopt;
            },
            Value::number(Number(0))};
  }

  // What a comparison by order may have beside it.
  Said<Worth> ordered_operand() {
    while (true) {
      auto made = operand();
      if (!made.constant || ordered(*made.constant)) return made;
    }
  }

  Said<Truth> comparison() {
    const uint64_t kind = below(8);
    if (kind == 0) return in();
    if (kind == 1) return between();
    static constexpr auto kNames = std::to_array<std::string_view>({"=", "<>", "<", "<=", ">", ">="});
    const std::string_view name = kNames[kind - 2];
    const auto left = kind < 4 ? operand() : ordered_operand();
    const auto right = kind < 4 ? operand() : ordered_operand();
    return {fmt::format("{} {} {}", left.text, name, right.text),
            [name, left = left.says, right = right.says](const Item& item) {
              return compare(name, left(item), right(item));
            }};
  }

  static bool compare(std::string_view name, const std::optional<Value>& left,
                      const std::optional<Value>& right) {
    const bool equal = left && right && *left == *right;
    if (name == "=") return equal;
    if (name == "<>") return !equal;
    if (!left || !right || left->type() != right->type() || !ordered(*left)) return false;
    const bool less =
        left->is(Type::kNumber) ? left->as_number() < right->as_number() : left->text() < right->text();
    if (name == "<") return less;
    if (name == "<=") return less || equal;
    if (name == ">") return !less && !equal;
    return !less;
  }

  Said<Truth> in() {
    const auto left = operand();
    std::vector<Worth> list;
    std::string text;
    for (uint64_t count = 1 + below(3); count > 0; --count) {
      auto element = operand();
      text += (text.empty() ? "" : ", ") + element.text;
      list.push_back(std::move(element.says));
    }
    return {left.text + " IN (" + text + ")", [left = left.says, list](const Item& item) {
              const auto value = left(item);
              for (const Worth& element : list) {
                if (compare("=", value, element(item))) return true;
              }
              return false;
            }};
  }

  Said<Truth> between() {
    const auto value = ordered_operand();
    const auto lower = ordered_operand();
    const auto upper = ordered_operand();
    return {fmt::format("{} BETWEEN {} AND {}", value.text, lower.text, upper.text),
            [value = value.says, lower = lower.says, upper = upper.says](const Item& item) {
              return compare(">=", value(item), lower(item)) && compare("<=", value(item), upper(item));
            }};
  }

  Said<Truth> function() {
    const auto of = path();
    const auto start = operand();
    switch (below(4)) {
      case 0:
        return {fmt::format("attribute_exists({})", of.text),
                [of = of.says](const Item& item) { return of(item).has_value(); }};
      case 1:
        return {fmt::format("attribute_not_exists({})", of.text),
                [of = of.says](const Item& item) { return !of(item).has_value(); }};
      case 2:
        return {fmt::format("begins_with({}, {})", of.text, start.text),
                [of = of.says, start = start.says](const Item& item) {
                  const auto value = of(item);
                  const auto beginning = start(item);
                  return value && beginning && value->type() == beginning->type() &&
                         !value->is(Type::kNumber) && ordered(*value) &&
                         value->text().substr(0, beginning->text().size()) == beginning->text();
                }};
      default:
        return {
            fmt::format("contains({}, {})", of.text, start.text),
            [of = of.says, start = start.says](const Item& item) { return contains(of(item), start(item)); }};
    }
  }

  static bool contains(const std::optional<Value>& value, const std::optional<Value>& part) {
    if (!value || !part) return false;
    if (value->is(Type::kString) || value->is(Type::kBinary)) {
      return value->type() == part->type() && value->text().find(part->text()) != std::string::npos;
    }
    List elements;
    if (value->is(Type::kList)) elements = value->list();
    if (value->is_set()) {
      for (const std::string& element : value->elements()) {
        elements.push_back(value->is(Type::kNumberSet) ? Value::number(*Number::parse(element))
                                                       : Value::string(element));
      }
    }
    return std::ranges::find(elements, *part) != elements.end();
  }

  testing::SeededRandom random_;
  std::optional<Placeholders> placeholders_;
};

TEST(ConditionProperty, random_conditions_say_what_they_say) {
  Generator generator(20261128);
  int accepted = 0;
  int true_ones = 0;
  for (int i = 0; i < kConditions; ++i) {
    const auto made = generator.condition(3);
    const auto read = Condition::parse(ExpressionKind::kFilter, made.text, generator.placeholders());
    if (!read) {
      // Only what cannot be seen while making them up.
      const std::string& message = read.error().message;
      EXPECT_TRUE(message.contains("must be distinct") || message.contains("BETWEEN") ||
                  message.contains("operand type") || message.contains("redundant"))
          << made.text << ": " << message;
      continue;
    }
    ++accepted;
    const auto seen = named_attributes(ExpressionForm::kOther, made.text, {{"#a", "a"}});
    for (const auto& [name, nested] : read->names()) EXPECT_TRUE(seen.contains(name)) << made.text;
    for (int j = 0; j < kItemsEach; ++j) {
      const Item item = generator.item();
      const bool holds = read->holds(item);
      true_ones += holds;
      ASSERT_EQ(holds, made.says(item)) << made.text << "\n" << to_json(item);
    }
  }
  // The test would say nothing about conditions that are refused, or that are all false.
  EXPECT_GT(accepted, kConditions / 3);
  EXPECT_GT(true_ones, accepted * kItemsEach / 4);
  EXPECT_LT(true_ones, accepted * kItemsEach * 3 / 4);
}

}  // namespace
}  // namespace hearth::services::dynamodb
