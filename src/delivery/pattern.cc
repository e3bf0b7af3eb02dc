#include "delivery/pattern.h"

#include <boost/container/small_vector.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "delivery/pattern_grammar.h"

namespace hearth::delivery {
namespace {

// A value that stands at the present path, or below it under the rest of a name with dots.
struct Source {
  const json::value* value;
  std::string_view rest = {};

  const json::array* list() const { return rest.empty() ? value->if_array() : nullptr; }
};
// Nearly always one; more where names with dots meet in the same place.
using Sources = boost::container::small_vector<Source, 2>;

// Calls `visit` for what the source has under a name.
void each_below(const Source& source, std::string_view name, const auto& visit) {
  const auto offer = [&](std::string_view key, const json::value& value) {
    if (key == name) visit(Source{&value});
    if (key.size() > name.size() && key[name.size()] == '.' && key.starts_with(name))
      visit(Source{&value, key.substr(name.size() + 1)});
  };
  if (!source.rest.empty()) return offer(source.rest, *source.value);
  const json::object* object = source.value->if_object();
  if (!object) return;
  if (const json::value* value = object->if_contains(name)) visit(Source{value});
  for (const auto& [key, value] : *object) {
    if (key.size() > name.size() && key[name.size()] == '.') offer(key, value);
  }
}

// Whether any value stands at the path.
bool is_present(const Source& source, std::span<const std::string> path) {
  if (const json::array* list = source.list()) {
    return std::ranges::any_of(*list, [&](const json::value& item) { return is_present({&item}, path); });
  }
  if (path.empty()) return source.rest.empty() && !source.value->is_object();
  bool present = false;
  each_below(source, path.front(),
             [&](const Source& below) { present = present || is_present(below, path.subspan(1)); });
  return present;
}

}  // namespace

// One event asked for one pattern.
class PatternMatch {
 public:
  PatternMatch(const Pattern& pattern, const json::value& event) : pattern_(pattern), event_(event) {
    if (!pattern.asks_for_absence_) return;
    absent_.resize(pattern.leaves_.size());
    for (size_t i = 0; i < absent_.size(); ++i) {
      const Pattern::Leaf& leaf = pattern.leaves_[i];
      absent_[i] = leaf.may_be_absent && !is_present({&event}, leaf.path);
    }
  }

  bool any() {
    return std::ranges::any_of(pattern_.alternatives_, [this](const Pattern::Node& alternative) {
      return holds(alternative, {{&event_}});
    });
  }

 private:
  // Several lists in one place are tried in all combinations, which only an event made for it has many of.
  static constexpr size_t kCombinationsMax = 100'000;

  bool holds(const Pattern::Node& node, const Sources& sources) {
    for (size_t i = 0; i < sources.size(); ++i) {
      if (const json::array* list = sources[i].list()) return holds_for_item(node, sources, i, *list);
    }
    if (node.leaf != Pattern::Node::kNone && !leaf_holds(node.leaf, sources)) return false;
    for (const auto& [name, child] : node.children) {
      Sources below;
      for (const Source& source : sources)
        each_below(source, name, [&](const Source& found) { below.push_back(found); });
      if (!holds(child, below)) return false;
    }
    return true;
  }

  bool holds_for_item(const Pattern::Node& node, const Sources& sources, size_t place,
                      const json::array& list) {
    Sources chosen = sources;
    if (list.empty()) {
      chosen.erase(chosen.begin() + static_cast<ptrdiff_t>(place));
      return holds(node, chosen);
    }
    for (const json::value& item : list) {
      if (sources.size() > 1 && ++combinations_ > kCombinationsMax) return false;
      chosen[place] = {&item};
      if (holds(node, chosen)) return true;
    }
    return false;
  }

  bool leaf_holds(uint32_t place, const Sources& sources) const {
    if (!absent_.empty() && absent_[place]) return true;
    const Pattern::Leaf& leaf = pattern_.leaves_[place];
    return std::ranges::any_of(sources, [&](const Source& source) {
      return source.rest.empty() && !source.value->is_object() &&
             std::ranges::any_of(leaf.tests,
                                 [&](const ValueTest& test) { return matches(test, *source.value); });
    });
  }

  const Pattern& pattern_;
  const json::value& event_;
  std::vector<bool> absent_;
  size_t combinations_ = 0;
};

Result<Pattern> Pattern::parse(std::string_view text, const PatternRules& rules) {
  if (text.size() > rules.bytes_max) {
    return fail("InvalidEventPattern",
                fmt::format("Event pattern is longer than {} characters", rules.bytes_max));
  }
  PatternGrammar grammar(text, rules);
  TRY_SYNC(const auto alternatives, grammar.parse());
  Pattern pattern;
  pattern.leaves_ = std::move(grammar.leaves());
  pattern.asks_for_absence_ = std::ranges::any_of(pattern.leaves_, &Leaf::may_be_absent);
  for (const auto& alternative : alternatives) {
    Node& root = pattern.alternatives_.emplace_back();
    for (const auto& [path, place] : alternative) {
      Node* node = &root;
      for (const std::string& name : pattern.leaves_[place].path) {
        const auto known =
            std::ranges::find(node->children, name, [](const auto& child) { return child.first; });
        node = known != node->children.end() ? &known->second
                                             : &node->children.emplace_back(name, Node{}).second;
      }
      node->leaf = place;
    }
  }
  return pattern;
}

bool Pattern::matches(const json::value& event) const {
  return event.is_object() && PatternMatch(*this, event).any();
}

}  // namespace hearth::delivery
