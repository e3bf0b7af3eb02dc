#include "services/dynamodb/expression/value_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"

namespace hearth::services::dynamodb {
namespace {

std::string content_of(const Value& value) {
  switch (value.type()) {
    case Type::kString:
    case Type::kNumber:
      return value.text();
    case Type::kBinary:
      return base64_encode(value.text());
    case Type::kBool:
      return value.truth() ? "true" : "false";
    case Type::kNull:
      return "true";
    case Type::kStringSet:
    case Type::kNumberSet:
      return fmt::format("[{}]", fmt::join(value.elements(), ", "));
    case Type::kBinarySet: {
      std::vector<std::string> elements;
      for (const std::string& bytes : value.elements()) elements.push_back(base64_encode(bytes));
      return fmt::format("[{}]", fmt::join(elements, ", "));
    }
    case Type::kList: {
      std::vector<std::string> elements;
      for (const Value& element : value.list()) elements.push_back(text_of(element));
      return fmt::format("[{}]", fmt::join(elements, ", "));
    }
    case Type::kMap: {
      std::vector<std::string> members;
      for (const auto& [name, member] : value.map())
        members.push_back(fmt::format("{}={}", name, text_of(member)));
      return fmt::format("{{{}}}", fmt::join(members, ", "));
    }
  }
  return {};
}

}  // namespace

std::string text_of(const Value& value) {
  return fmt::format("{{{}:{}}}", type_name(value.type()), content_of(value));
}

}  // namespace hearth::services::dynamodb
