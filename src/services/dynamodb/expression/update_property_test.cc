// Promise: your AWS code runs unchanged. Updates that nobody thought of make what the rules say: random ones,
// whose parts are put in place one after the other, against an item that is built anew from the old one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/dynamodb/expression/testing.h"
#include "services/dynamodb/expression/update.h"

namespace hearth::services::dynamodb {
namespace {

constexpr int kUpdates = 40'000;

struct Part {
  Path path;
  bool sets;
  Value value;
};

std::string written(const Path& path) {
  std::string text;
  for (const Step& step : path.steps) {
    const auto* name = std::get_if<std::string>(&step);
    if (!name) {
      text += fmt::format("[{}]", std::get<uint32_t>(step));
    } else {
      text += (text.empty() ? "" : ".") + *name;
    }
  }
  return text;
}

std::string written(const std::vector<Part>& parts) {
  std::string sets;
  std::string removes;
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string& section = parts[i].sets ? sets : removes;
    section += section.empty() ? (parts[i].sets ? "SET " : " REMOVE ") : ", ";
    section += written(parts[i].path);
    if (parts[i].sets) section += fmt::format(" = :v{}", i);
  }
  return sets + removes;
}

// Builds the item that the parts make of another.
class Rebuilt {
 public:
  explicit Rebuilt(const std::vector<Part>& parts) : parts_(parts) {}

  std::optional<Value> of(const Value& value, const std::vector<Step>& place) const {
    if (const Part* part = at(place)) return part->sets ? std::optional(part->value) : std::nullopt;
    if (value.is(Type::kMap)) return Value::map(of(value.map(), place));
    if (value.is(Type::kList)) return Value::list(of(value.list(), place));
    return value;
  }

  Map of(const Map& map, const std::vector<Step>& place) const {
    Map rebuilt;
    for (const auto& [name, member] : map) {
      if (auto kept = of(member, below(place, name))) rebuilt.set(name, *std::move(kept));
    }
    for (const Part& part : in(place)) {
      const auto* name = std::get_if<std::string>(&part.path.steps.back());
      if (name && part.sets && !map.find(*name)) rebuilt.set(*name, part.value);
    }
    return rebuilt;
  }

 private:
  List of(const List& list, const std::vector<Step>& place) const {
    List rebuilt;
    for (uint32_t i = 0; i < list.size(); ++i) {
      if (auto kept = of(list[i], below(place, i))) rebuilt.push_back(*std::move(kept));
    }
    auto behind = in(place);
    std::erase_if(behind, [&](const Part& part) {
      const auto* index = std::get_if<uint32_t>(&part.path.steps.back());
      return !part.sets || !index || *index < list.size();
    });
    std::ranges::sort(behind, {},
                      [](const Part& part) { return std::get<uint32_t>(part.path.steps.back()); });
    for (const Part& part : behind) rebuilt.push_back(part.value);
    return rebuilt;
  }

  static std::vector<Step> below(std::vector<Step> place, Step step) {
    place.push_back(std::move(step));
    return place;
  }

  const Part* at(const std::vector<Step>& place) const {
    const auto found = std::ranges::find(parts_, place, [](const Part& part) { return part.path.steps; });
    return found == parts_.end() ? nullptr : &*found;
  }

  // The parts whose path ends one step below.
  std::vector<Part> in(const std::vector<Step>& place) const {
    std::vector<Part> found;
    for (const Part& part : parts_) {
      const auto& steps = part.path.steps;
      if (std::equal(place.begin(), place.end(), steps.begin(), steps.end() - 1)) found.push_back(part);
    }
    return found;
  }

  const std::vector<Part>& parts_;
};

// Every part's path leads into a map or a list of the item.
bool possible(const std::vector<Part>& parts, const Item& item) {
  return std::ranges::all_of(parts, [&](const Part& part) {
    const auto& steps = part.path.steps;
    if (steps.size() == 1) return true;
    const Value* holder = part.path.find(item, steps.size() - 1);
    return holder && holder->is(std::holds_alternative<std::string>(steps.back()) ? Type::kMap : Type::kList);
  });
}

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  Item item() {
    Item item;
    for (const char* name : {"a", "b", "c"}) {
      if (below(5) != 0) item.set(name, value(3));
    }
    return item;
  }

  std::vector<Part> parts() {
    std::vector<Part> parts;
    PathTree tree;
    for (uint64_t count = 1 + below(5); count > 0; --count) {
      Part part{.path = path(), .sets = below(2) == 0, .value = value(1)};
      if (!tree.add(part.path)) parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  uint64_t below(uint64_t bound) { return random_.below(bound); }

  std::string name() { return std::string(1, static_cast<char>('a' + below(3))); }

  Value value(int depth) {
    const uint64_t kind = depth == 0 ? 0 : below(5);
    if (kind == 0) return Value::number(Number(static_cast<int64_t>(below(1000))));
    if (kind <= 2) {
      Map map;
      for (uint64_t count = below(4); count > 0; --count) map.set(name(), value(depth - 1));
      return Value::map(std::move(map));
    }
    List list;
    for (uint64_t count = below(5); count > 0; --count) list.push_back(value(depth - 1));
    return Value::list(std::move(list));
  }

  Path path() {
    Path path = attribute_path(name());
    for (uint64_t count = below(3); count > 0; --count) {
      if (below(2) == 0) {
        path.steps.emplace_back(name());
      } else {
        path.steps.emplace_back(static_cast<uint32_t>(below(7)));
      }
    }
    return path;
  }

  testing::SeededRandom random_;
};

TEST(UpdateProperty, random_updates_make_what_the_rules_say) {
  Generator generator(20261129);
  int made = 0;
  for (int i = 0; i < kUpdates; ++i) {
    const auto parts = generator.parts();
    Map values;
    for (size_t j = 0; j < parts.size(); ++j) {
      if (parts[j].sets) values.set(fmt::format(":v{}", j), parts[j].value);
    }
    Placeholders placeholders(std::nullopt, std::move(values));
    const std::string text = written(parts);
    const auto update = Update::parse(text, placeholders);
    ASSERT_TRUE(update) << text << ": " << update.error().message;
    const Item before = generator.item();
    Item changed = before;
    const Status applied = update->apply(changed, true);
    ASSERT_EQ(applied.has_value(), possible(parts, before)) << text << "\n" << to_json(before);
    const Item expected = applied ? Rebuilt(parts).of(before, {}) : before;
    ASSERT_EQ(changed, expected) << text << "\n"
                                 << to_json(before) << "\n"
                                 << to_json(changed) << "\n"
                                 << to_json(expected);
    made += applied.has_value();
  }
  // The test would say little if nearly all were refused.
  EXPECT_GT(made, kUpdates / 5);
}

}  // namespace
}  // namespace hearth::services::dynamodb
