#include "services/dynamodb/item/value.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace hearth::services::dynamodb {

namespace {

constexpr std::array<std::string_view, 10> kTypeNames = {"S", "N", "B",  "BOOL", "NULL",
                                                         "M", "L", "SS", "NS",   "BS"};

// What a list or a map costs beside what is in it, and each of its elements.
constexpr size_t kContainerBytes = 3;
constexpr size_t kElementBytes = 1;

Number number_of(const std::string& text) {
  auto number = Number::parse(text);
  CHECK(number.has_value(), "a number that was checked when it was read");
  return *number;
}

auto place_of(auto& attributes, std::string_view name) {
  return std::ranges::lower_bound(attributes, name, {}, &Attribute::name);
}

size_t element_bytes(Type type, const std::string& element) {
  return type == Type::kNumberSet ? number_of(element).size_bytes() : element.size();
}

}  // namespace

std::string_view type_name(Type type) {
  return kTypeNames[static_cast<size_t>(type)];
}

std::optional<Type> parse_type(std::string_view name) {
  const auto* found = std::ranges::find(kTypeNames, name);
  if (found == kTypeNames.end()) return {};
  return static_cast<Type>(found - kTypeNames.begin());
}

Map::Map() = default;
Map::~Map() = default;
Map::Map(const Map&) = default;
Map::Map(Map&&) noexcept = default;
Map& Map::operator=(const Map&) = default;
Map& Map::operator=(Map&&) noexcept = default;
bool Map::operator==(const Map& other) const = default;

const Value* Map::find(std::string_view name) const {
  const auto at = place_of(attributes_, name);
  return at != attributes_.end() && at->name == name ? &at->value : nullptr;
}

Value* Map::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));  // NOLINT: this map is not const
}

void Map::set(std::string name, Value value) {
  // Names mostly come in order.
  if (attributes_.empty() || attributes_.back().name < name) {
    attributes_.push_back({std::move(name), std::move(value)});
    return;
  }
  const auto at = place_of(attributes_, name);
  if (at != attributes_.end() && at->name == name) {
    at->value = std::move(value);
  } else {
    attributes_.insert(at, {std::move(name), std::move(value)});
  }
}

void Map::erase(std::string_view name) {
  const auto at = place_of(attributes_, name);
  if (at != attributes_.end() && at->name == name) attributes_.erase(at);
}

bool Map::empty() const {
  return attributes_.empty();
}
size_t Map::size() const {
  return attributes_.size();
}
const Attribute* Map::begin() const {
  return attributes_.data();
}
const Attribute* Map::end() const {
  return attributes_.data() + attributes_.size();
}

Value::Value() = default;

template <typename Data>
Value::Value(Type type, Data data) : type_(type), data_(std::move(data)) {}

Value Value::string(std::string text) {
  return {Type::kString, std::move(text)};
}
Value Value::number(const Number& number) {
  return {Type::kNumber, number.text()};
}
Value Value::binary(std::string bytes) {
  return {Type::kBinary, std::move(bytes)};
}
Value Value::boolean(bool truth) {
  return {Type::kBool, truth};
}
Value Value::list(List list) {
  return {Type::kList, std::move(list)};
}
Value Value::map(Map map) {
  return {Type::kMap, std::move(map)};
}

Value Value::set(Type type, Elements elements) {
  if (type == Type::kNumberSet) {
    std::ranges::sort(elements, {}, number_of);
  } else {
    std::ranges::sort(elements);
  }
  return {type, std::move(elements)};
}

bool Value::is_set() const {
  return std::holds_alternative<Elements>(data_);
}

Number Value::as_number() const {
  return number_of(text());
}

size_t Value::size_bytes() const {
  switch (type_) {
    case Type::kString:
    case Type::kBinary:
      return text().size();
    case Type::kNumber:
      return as_number().size_bytes();
    case Type::kBool:
    case Type::kNull:
      return 1;
    case Type::kMap:
      return kContainerBytes + kElementBytes * map().size() + dynamodb::size_bytes(map());
    case Type::kList:
      return std::accumulate(
          list().begin(), list().end(), kContainerBytes,
          [](size_t sum, const Value& element) { return sum + kElementBytes + element.size_bytes(); });
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      return std::accumulate(
          elements().begin(), elements().end(), size_t{0},
          [&](size_t sum, const std::string& element) { return sum + element_bytes(type_, element); });
  }
  return 0;
}

size_t size_bytes(const Map& item) {
  return std::accumulate(item.begin(), item.end(), size_t{0}, [](size_t sum, const Attribute& attribute) {
    return sum + attribute.name.size() + attribute.value.size_bytes();
  });
}

std::optional<std::strong_ordering> order(const Value& left, const Value& right) {
  if (left.type() != right.type()) return {};
  if (left.is(Type::kNumber)) return left.as_number() <=> right.as_number();
  // Comparing std::string compares unsigned bytes, which is the order of UTF-8's code points too.
  if (left.is(Type::kString) || left.is(Type::kBinary)) return left.text() <=> right.text();
  return {};
}

}  // namespace hearth::services::dynamodb
