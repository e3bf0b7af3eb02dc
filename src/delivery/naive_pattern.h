// For tests: what event patterns mean, written down as directly as it goes. The event becomes a list of
// values with their paths and the list items they stand in; alternatives are multiplied out over documents;
// and a match is a choice of one value for each path whose list items agree, found by trying all.
#pragma once
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace hearth::delivery::naive {

struct Field {
  std::string path;
  const json::value* value;
  std::map<const void*, size_t> items;  // of which lists it is in which item
};

inline void flatten(const json::value& value, const std::string& path, std::map<const void*, size_t> items,
                    std::vector<Field>& out) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, below] : *object)
      flatten(below, path.empty() ? std::string(key) : path + "." + std::string(key), items, out);
  } else if (const auto* list = value.if_array()) {
    for (size_t i = 0; i < list->size(); ++i) {
      items[list] = i;
      flatten((*list)[i], path, items, out);
    }
  } else {
    out.push_back({path, &value, std::move(items)});
  }
}

using Conditions = std::map<std::string, const json::array*>;

inline std::vector<Conditions> expand(const json::object& pattern, const std::string& path,
                                      std::vector<Conditions> all) {
  for (const auto& [key, value] : pattern) {
    const std::string below = path.empty() ? std::string(key) : path + "." + std::string(key);
    if (value.is_object()) {
      all = expand(value.get_object(), below, std::move(all));
    } else if (key == "$or") {
      std::vector<Conditions> either;
      for (const json::value& one : value.get_array()) {
        for (auto& conditions : expand(one.get_object(), path, all)) either.push_back(std::move(conditions));
      }
      all = std::move(either);
    } else {
      for (Conditions& conditions : all) conditions[below] = &value.get_array();
    }
  }
  return all;
}

inline std::string folded(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

inline bool glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return glob(pattern.substr(1), text) || (!text.empty() && glob(pattern, text.substr(1)));
  }
  if (pattern[0] == '\\') pattern.remove_prefix(1);
  return !text.empty() && pattern[0] == text[0] && glob(pattern.substr(1), text.substr(1));
}

inline bool equal(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  return a == b;
}

inline bool text_holds(std::string_view name, const json::value& argument, const std::string& text) {
  if (argument.is_object()) {
    const std::string inner = folded(std::string(argument.at("equals-ignore-case").get_string()));
    return text_holds(name, json::value(inner), folded(text));
  }
  const std::string wanted(argument.get_string());
  if (name == "prefix") return text.starts_with(wanted);
  if (name == "suffix") return text.ends_with(wanted);
  if (name == "wildcard") return glob(wanted, text);
  return folded(wanted) == folded(text);
}

// What `exists: false` asks is not asked of a value.
inline bool test_holds(const json::value& test, const json::value& value) {
  if (!test.is_object()) return equal(test, value);
  const auto& [name, argument] = *test.get_object().begin();
  if (name == "exists") return argument.get_bool();
  if (name == "exactly") return argument == value;
  if (name == "numeric") {
    if (!value.is_number()) return false;
    const auto& terms = argument.get_array();
    const double number = value.to_number<double>();
    for (size_t i = 0; i < terms.size(); i += 2) {
      const std::string_view op = terms[i].get_string();
      const double bound = terms[i + 1].to_number<double>();
      const bool good = op == "<"    ? number < bound
                        : op == "<=" ? number <= bound
                        : op == ">"  ? number > bound
                        : op == ">=" ? number >= bound
                                     : number == bound;
      if (!good) return false;
    }
    return true;
  }
  if (name == "anything-but") {
    std::string_view kind;
    const json::value* values = &argument;
    if (argument.is_object()) {
      kind = argument.get_object().begin()->key();
      values = &argument.get_object().begin()->value();
    }
    const auto excluded = [&](const json::value& one) {
      if (kind.empty()) return equal(one, value);
      return value.is_string() && text_holds(kind, one, std::string(value.get_string()));
    };
    if (!values->is_array()) return !excluded(*values);
    for (const json::value& one : values->get_array()) {
      if (excluded(one)) return false;
    }
    return true;
  }
  return value.is_string() && text_holds(name, argument, std::string(value.get_string()));
}

inline bool agree(const Field& a, const std::vector<const Field*>& others) {
  for (const Field* other : others) {
    for (const auto& [list, item] : a.items) {
      const auto found = other->items.find(list);
      if (found != other->items.end() && found->second != item) return false;
    }
  }
  return true;
}

inline bool choose(Conditions::const_iterator next, Conditions::const_iterator end,
                   const std::vector<Field>& fields, std::vector<const Field*>& chosen) {
  if (next == end) return true;
  const auto& [path, tests] = *next;
  bool present = false;
  for (const Field& field : fields) present |= field.path == path;
  for (const json::value& test : *tests) {
    const json::object* object = test.if_object();
    const bool absence = object && object->contains("exists") && !object->at("exists").get_bool();
    if (absence && !present && choose(std::next(next), end, fields, chosen)) return true;
    if (absence) continue;
    for (const Field& field : fields) {
      if (field.path != path || !test_holds(test, *field.value) || !agree(field, chosen)) continue;
      chosen.push_back(&field);
      const bool rest = choose(std::next(next), end, fields, chosen);
      chosen.pop_back();
      if (rest) return true;
    }
  }
  return false;
}

// REQUIRES a pattern that is one.
inline bool matches(const json::object& pattern, const json::value& event) {
  if (!event.is_object()) return false;
  std::vector<Field> fields;
  flatten(event, {}, {}, fields);
  for (const Conditions& conditions : expand(pattern, {}, {Conditions{}})) {
    std::vector<const Field*> chosen;
    if (choose(conditions.begin(), conditions.end(), fields, chosen)) return true;
  }
  return false;
}

}  // namespace hearth::delivery::naive
