#include "services/dynamodb/expression/path.h"

#include <fmt/format.h>

namespace hearth::services::dynamodb {
namespace {

const Value* step_into(const Value& value, const Step& step) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    return value.is(Type::kMap) ? value.map().find(*name) : nullptr;
  }
  const uint32_t index = std::get<uint32_t>(step);
  return value.is(Type::kList) && index < value.list().size() ? &value.list()[index] : nullptr;
}

}  // namespace

const Value* Path::find(const Item& item, size_t count) const {
  const Value* value = item.find(attribute());
  for (size_t i = 1; value && i < count; ++i) value = step_into(*value, steps[i]);
  return value;
}

const Value* Path::find(const Item& item) const {
  return find(item, steps.size());
}

std::string Path::text() const {
  std::string text = "[";
  for (const Step& step : steps) {
    if (text.size() > 1) text += ", ";
    if (const auto* name = std::get_if<std::string>(&step)) {
      text += *name;
    } else {
      text += fmt::format("[{}]", std::get<uint32_t>(step));
    }
  }
  return text + "]";
}

Path attribute_path(std::string name) {
  return Path{{Step(std::move(name))}};
}

void add(AttributeNames& names, const Path& path) {
  names[path.attribute()] |= path.is_nested();
}

}  // namespace hearth::services::dynamodb
