#include "wire/validate.h"

#include <re2/re2.h>

#include <cmath>
#include <memory>
#include <unordered_map>

#include "base/encoding.h"
#include "base/log.h"

namespace hearth::wire {

namespace {

// Compiled patterns, kept for the life of the process: their number is that of the tables' patterns.
struct Pattern {
  explicit Pattern(const Shape& shape)
      : accepted(std::string(shape.regex.empty() ? shape.pattern : shape.regex), RE2::Quiet),
        refused(shape.regex_refused.empty()
                    ? nullptr
                    : std::make_unique<RE2>(std::string(shape.regex_refused), RE2::Quiet)) {
    if (!accepted.ok()) log::error("the pattern of {} cannot be compiled: {}", shape.name, accepted.error());
  }
  // A pattern that cannot be compiled refuses everything: better loud than open.
  bool matches(std::string_view text) const {
    if (refused) {
      re2::StringPiece rest(text.data(), text.size());
      if (RE2::Consume(&rest, *refused)) return false;
    }
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), accepted);
  }
  RE2 accepted;
  std::unique_ptr<RE2> refused;
};

// Each loop compiles its own, so that no lock stands on the way of a request.
const Pattern& compiled(const Shape& shape) {
  thread_local std::unordered_map<const Shape*, std::unique_ptr<Pattern>> patterns;
  auto& pattern = patterns[&shape];
  if (!pattern) pattern = std::make_unique<Pattern>(shape);
  return *pattern;
}

std::string number_text(double value) {
  return value == std::trunc(value) ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

// As the services' framework prints values: lists [a, b], maps {k=v}, structures Name(member=value).
void print(const json::value& value, std::string& out) {
  const auto joined = [&out](const auto& items, char open, char close, const auto& each) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) out += ", ";
      each(item);
    }
    out += close;
  };
  if (const auto* text = value.if_string()) {
    out += std::string_view(*text);
  } else if (const auto* array = value.if_array()) {
    joined(*array, '[', ']', [&out](const json::value& item) { print(item, out); });
  } else if (const auto* object = value.if_object()) {
    joined(*object, '{', '}', [&out](const auto& item) {
      out += std::string_view(item.key());
      out += '=';
      print(item.value(), out);
    });
  } else if (value.is_double()) {
    out += number_text(value.get_double());
  } else {
    out += to_text(value);
  }
}

// `functionName` for FunctionName: one capital goes down, `KMSKeyArn` becomes `kMSKeyArn`.
std::string path_part(std::string_view member) {
  std::string part(member);
  if (!part.empty() && part[0] >= 'A' && part[0] <= 'Z') part[0] = static_cast<char>(part[0] - 'A' + 'a');
  return part;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += ", ";
    out += part;
  }
  return out;
}

void check_range(const Shape& shape, double measure, std::string_view what,
                 std::vector<std::string>& broken) {
  if (shape.max && measure > *shape.max) {
    broken.push_back(
        fmt::format("Member must have {} less than or equal to {}", what, number_text(*shape.max)));
  }
  if (shape.min && measure < *shape.min) {
    broken.push_back(
        fmt::format("Member must have {} greater than or equal to {}", what, number_text(*shape.min)));
  }
}

void check_string(const Shape& shape, std::string_view text, std::vector<std::string>& broken) {
  check_range(shape, static_cast<double>(utf8_length(text)), "length", broken);
  if (!shape.pattern.empty() && !compiled(shape).matches(text)) {
    broken.push_back(fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern));
  }
  if (!shape.enum_values.empty() && std::ranges::find(shape.enum_values, text) == shape.enum_values.end()) {
    std::vector<std::string> values(shape.enum_values.begin(), shape.enum_values.end());
    broken.push_back(fmt::format("Member must satisfy enum value set: [{}]", joined(values)));
  }
}

bool is_scalar(const Shape& shape) {
  return shape.kind != Kind::kStructure && shape.kind != Kind::kList && shape.kind != Kind::kMap;
}

// What `value` itself violates; its parts are walked by Checker.
std::vector<std::string> broken_constraints(const Shape& shape, const json::value& value) {
  std::vector<std::string> broken;
  if (const auto* text = value.if_string()) {
    if (shape.kind == Kind::kBlob) {
      check_range(shape, static_cast<double>(text->size()), "length", broken);
    } else if (shape.kind == Kind::kString) {
      check_string(shape, *text, broken);
    }
  } else if (const auto* array = value.if_array()) {
    if (shape.kind == Kind::kList) check_range(shape, static_cast<double>(array->size()), "length", broken);
  } else if (const auto* object = value.if_object()) {
    if (shape.kind == Kind::kMap) check_range(shape, static_cast<double>(object->size()), "length", broken);
  } else if (value.is_number() && shape.kind != Kind::kTimestamp) {
    check_range(shape, value.to_number<double>(), "value", broken);
  }
  return broken;
}

class Checker {
 public:
  std::vector<std::string> take() { return std::move(found_); }

  void members(const Shape& shape, const json::object& document, const std::string& prefix,
               bool payload_present) {
    for (const Member& member : shape.members) {
      const json::value* value = document.if_contains(member.name);
      const std::string path = prefix + path_part(member.name);
      if (value && !value->is_null()) {
        check(*member.shape, *value, path);
      } else if (member.required && !(payload_present && shape.payload == &member) &&
                 !member.shape->streaming) {
        found_.push_back("Value null at '" + path +
                         "' failed to satisfy constraint: Member must not be null");
      }
    }
  }

 private:
  void check(const Shape& shape, const json::value& value, const std::string& path) {
    for (const std::string& constraint : broken_constraints(shape, value))
      add(shape, value, path, constraint);
    if (shape.kind == Kind::kStructure && value.is_object()) {
      members(shape, value.get_object(), path + ".", false);
    } else if (shape.kind == Kind::kList && value.is_array()) {
      list(shape, value, path);
    } else if (shape.kind == Kind::kMap && value.is_object()) {
      map(shape, value, path);
    }
  }

  // Scalars in a list are reported as the list's fault, all broken constraints at once.
  void list(const Shape& shape, const json::value& value, const std::string& path) {
    size_t index = 0;
    for (const json::value& item : value.get_array()) {
      ++index;
      if (!is_scalar(*shape.element)) {
        check(*shape.element, item, fmt::format("{}.{}.member", path, index));
      } else if (const auto broken = broken_constraints(*shape.element, item); !broken.empty()) {
        add(shape, value, path, fmt::format("Member must satisfy constraint: [{}]", joined(broken)));
        return;
      }
    }
  }

  void map(const Shape& shape, const json::value& value, const std::string& path) {
    for (const auto& [key, item] : value.get_object()) {
      const json::value key_value(key);
      if (const auto broken = broken_constraints(*shape.key, key_value); !broken.empty()) {
        add(shape, value, path, fmt::format("Map keys must satisfy constraint: [{}]", joined(broken)));
        return;
      }
      if (shape.element->kind == Kind::kStructure) {
        check(*shape.element, item, fmt::format("{}.{}.member", path, std::string_view(key)));
      } else if (const auto broken = broken_constraints(*shape.element, item); !broken.empty()) {
        add(shape, value, path, fmt::format("Map value must satisfy constraint: [{}]", joined(broken)));
        return;
      }
    }
  }

  void add(const Shape& shape, const json::value& value, const std::string& path,
           const std::string& constraint) {
    const bool secret = shape.sensitive || (shape.element && shape.element->sensitive);
    std::string text = "Value ";
    if (!secret) {
      text += "'";
      print(value, text);
      text += "' ";
    }
    text += "at '" + path + "' failed to satisfy constraint: " + constraint;
    found_.push_back(std::move(text));
  }

  std::vector<std::string> found_;
};

}  // namespace

bool pattern_usable(const Shape& shape) {
  return shape.pattern.empty() || compiled(shape).accepted.ok();
}

std::vector<std::string> violations(const Shape& shape, const json::object& document, bool payload_present) {
  Checker checker;
  checker.members(shape, document, "", payload_present);
  return checker.take();
}

Status validate(const Shape& shape, const json::object& document, bool payload_present) {
  const std::vector<std::string> found = violations(shape, document, payload_present);
  if (found.empty()) return {};
  std::string text =
      fmt::format("{} validation error{} detected: ", found.size(), found.size() == 1 ? "" : "s");
  for (size_t index = 0; index < std::min(found.size(), kViolationsPrinted); ++index) {
    if (index > 0) text += "; ";
    text += found[index];
  }
  return fail("ValidationException", std::move(text));
}

}  // namespace hearth::wire
