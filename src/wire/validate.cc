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

// Paths and forms may hold any bytes, messages only texts; and XML knows few characters below the blank.
std::string printable(std::string_view text) {
  constexpr unsigned char kBlank = 0x20, kBeyondAscii = 0x80;
  constexpr std::string_view kKnown = "\t\n\r";
  const bool utf8 = is_utf8(text);
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool strange = (byte < kBlank && !kKnown.contains(c)) || (byte >= kBeyondAscii && !utf8);
    if (strange) {
      shown += "\uFFFD";
    } else {
      shown += c;
    }
  }
  return shown;
}

// As the services' framework prints values: lists [a, b], maps and structures {k=v}; of bytes how many there
// are.
void print(const Shape& shape, const json::value& value, std::string& out) {
  const auto joined = [&out](const auto& items, char open, char close, const auto& each) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) out += ", ";
      each(item);
    }
    out += close;
  };
  const auto part = [&](std::string_view name) -> const Shape& {
    const Member* member = shape.kind == Kind::kStructure ? shape.find(name) : nullptr;
    return member ? *member->shape : shape.element ? *shape.element : shape;
  };
  const auto* text = value.if_string();
  if (text && shape.kind == Kind::kBlob) {
    out += fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", text->size());
  } else if (text) {
    out += printable(*text);
  } else if (const auto* array = value.if_array()) {
    joined(*array, '[', ']', [&](const json::value& item) { print(part({}), item, out); });
  } else if (const auto* object = value.if_object()) {
    joined(*object, '{', '}', [&](const auto& item) {
      out += std::string_view(item.key());
      out += '=';
      print(part(item.key()), item.value(), out);
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

// What is asked of one value: the constraints that it breaks, or all of them. Texts are made only of those,
// since nearly every value keeps every constraint.
class Constraints {
 public:
  enum class Which : uint8_t { kBroken, kAll };
  explicit Constraints(Which which) : which_(which) {}

  void range(const Shape& shape, double measure, std::string_view what) {
    const bool real = shape.kind == Kind::kFloat || shape.kind == Kind::kDouble;
    const auto text = [&](std::string_view relation, double bound) {
      const bool whole = real && bound == std::trunc(bound);
      return fmt::format("Member must have {} {} than or equal to {}{}", what, relation, number_text(bound),
                         whole ? ".0" : "");
    };
    if (shape.max) add(measure <= *shape.max, [&] { return text("less", *shape.max); });
    if (shape.min) add(measure >= *shape.min, [&] { return text("greater", *shape.min); });
  }

  void string(const Shape& shape, std::string_view value) {
    range(shape, static_cast<double>(utf8_length(value)), "length");
    if (!shape.pattern.empty()) {
      add(compiled(shape).matches(value),
          [&] { return fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern); });
    }
    if (!shape.enum_values.empty()) {
      add(std::ranges::find(shape.enum_values, value) != shape.enum_values.end(), [&] {
        const std::vector<std::string> values(shape.enum_values.begin(), shape.enum_values.end());
        return fmt::format("Member must satisfy enum value set: [{}]", joined(values));
      });
    }
  }

  std::vector<std::string> take() { return std::move(texts_); }

 private:
  void add(bool kept, const auto& text) {
    if (!kept || which_ == Which::kAll) texts_.push_back(text());
  }

  Which which_;
  std::vector<std::string> texts_;
};

bool is_scalar(const Shape& shape) {
  return shape.kind != Kind::kStructure && shape.kind != Kind::kList && shape.kind != Kind::kMap;
}

// What `value` itself must satisfy; its parts are walked by Checker.
std::vector<std::string> constraints(const Shape& shape, const json::value& value, Constraints::Which which) {
  Constraints found(which);
  if (const auto* text = value.if_string()) {
    if (shape.kind == Kind::kBlob) {
      found.range(shape, static_cast<double>(text->size()), "length");
    } else if (shape.kind == Kind::kString) {
      found.string(shape, *text);
    }
  } else if (const auto* array = value.if_array()) {
    if (shape.kind == Kind::kList) found.range(shape, static_cast<double>(array->size()), "length");
  } else if (const auto* object = value.if_object()) {
    if (shape.kind == Kind::kMap) found.range(shape, static_cast<double>(object->size()), "length");
  } else if (value.is_number() && shape.kind != Kind::kTimestamp) {
    found.range(shape, value.to_number<double>(), "value");
  }
  return found.take();
}

class Checker {
 public:
  explicit Checker(ValidateOptions options) : options_(options) {}

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
    for (const std::string& broken : constraints(shape, value, Constraints::Which::kBroken)) {
      add(shape, value, path, broken);
    }
    if (shape.kind == Kind::kStructure && value.is_object()) {
      members(shape, value.get_object(), path + ".", false);
    } else if (shape.kind == Kind::kList && value.is_array()) {
      list(shape, value, path);
    } else if (shape.kind == Kind::kMap && value.is_object()) {
      map(shape, value, path);
    }
  }

  // A scalar that breaks a constraint is the fault of the list or map it is in; `who` names its place there.
  bool item(const Shape& shape, const json::value& value, const std::string& path, const Shape& item_shape,
            const json::value& item, std::string_view who) {
    if (constraints(item_shape, item, Constraints::Which::kBroken).empty()) return true;
    std::vector<std::string> texts = constraints(item_shape, item, Constraints::Which::kAll);
    if (options_.items_not_null) texts.emplace_back("Member must not be null");
    add(shape, value, path, fmt::format("{} must satisfy constraint: [{}]", who, joined(texts)));
    return false;
  }

  void list(const Shape& shape, const json::value& value, const std::string& path) {
    size_t index = 0;
    for (const json::value& each : value.get_array()) {
      ++index;
      if (!is_scalar(*shape.element)) {
        check(*shape.element, each, fmt::format("{}.{}.member", path, index));
      } else if (!item(shape, value, path, *shape.element, each, "Member")) {
        return;
      }
    }
  }

  void map(const Shape& shape, const json::value& value, const std::string& path) {
    for (const auto& [key, each] : value.get_object()) {
      if (!item(shape, value, path, *shape.key, json::value(key), "Map keys")) return;
      const bool structure = shape.element->kind == Kind::kStructure;
      if (!structure && !item(shape, value, path, *shape.element, each, "Map value")) return;
      if (!is_scalar(*shape.element)) {
        check(*shape.element, each, fmt::format("{}.{}.member", path, std::string_view(key)));
      }
    }
  }

  void add(const Shape& shape, const json::value& value, const std::string& path,
           const std::string& constraint) {
    const bool secret = shape.sensitive || (shape.element && shape.element->sensitive);
    std::string text = "Value ";
    if (!secret) {
      text += "'";
      print(shape, value, text);
      text += "' ";
    }
    text += "at '" + path + "' failed to satisfy constraint: " + constraint;
    found_.push_back(std::move(text));
  }

  ValidateOptions options_;
  std::vector<std::string> found_;
};

}  // namespace

bool pattern_usable(const Shape& shape) {
  return shape.pattern.empty() || compiled(shape).accepted.ok();
}

std::vector<std::string> violations(const Shape& shape, const json::object& document,
                                    ValidateOptions options) {
  Checker checker(options);
  checker.members(shape, document, "", options.payload_present);
  return checker.take();
}

Status validate(const Shape& shape, const json::object& document, ValidateOptions options) {
  const std::vector<std::string> found = violations(shape, document, options);
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
