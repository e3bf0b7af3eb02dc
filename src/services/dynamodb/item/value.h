// Value: what an attribute holds, in memory. Item: attributes by name.
//
// A value is as the service keeps it: numbers in their one spelling, binaries as raw bytes, sets in order
// (strings and binaries by their bytes, numbers by value) and without duplicates. So equality of values is
// equality of what they hold. How values are read and written as JSON is value_json.h; they are checked
// there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/dynamodb/item/number.h"

namespace hearth::services::dynamodb {

enum class Type : uint8_t {
  kString,
  kNumber,
  kBinary,
  kBool,
  kNull,
  kMap,
  kList,
  kStringSet,
  kNumberSet,
  kBinarySet,
};
// "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS".
std::string_view type_name(Type type);
std::optional<Type> parse_type(std::string_view name);

class Value;
struct Attribute;

// Attributes in the order of their names.
class Map {
 public:
  Map();
  ~Map();
  Map(const Map&);
  Map(Map&&) noexcept;
  Map& operator=(const Map&);
  Map& operator=(Map&&) noexcept;
  bool operator==(const Map& other) const;

  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  // Replaces what has that name.
  void set(std::string name, Value value);
  void erase(std::string_view name);

  bool empty() const;
  size_t size() const;
  const Attribute* begin() const;
  const Attribute* end() const;

 private:
  std::vector<Attribute> attributes_;
};

using Item = Map;
using List = std::vector<Value>;
// The elements of a set: texts of strings and numbers, bytes of binaries.
using Elements = std::vector<std::string>;

class Value {
 public:
  Value();  // NULL
  static Value string(std::string text);
  static Value number(const Number& number);
  static Value binary(std::string bytes);
  static Value boolean(bool truth);
  static Value list(List list);
  static Value map(Map map);
  // Of one of the three types of sets. Sorts; the elements are distinct, and numbers in their one spelling.
  static Value set(Type type, Elements elements);

  Type type() const { return type_; }
  bool is(Type type) const { return type_ == type; }
  bool is_set() const;

  // REQUIRES the type that has it.
  const std::string& text() const { return std::get<std::string>(data_); }  // S, N, B
  Number as_number() const;                                                 // N
  bool truth() const { return std::get<bool>(data_); }                      // BOOL
  const List& list() const { return std::get<List>(data_); }                // L
  List& list() { return std::get<List>(data_); }
  const Map& map() const { return std::get<Map>(data_); }  // M
  Map& map() { return std::get<Map>(data_); }
  const Elements& elements() const { return std::get<Elements>(data_); }  // SS, NS, BS

  bool operator==(const Value& other) const = default;

  // As the service counts them: its limit of 400 KB, its pages of 1 MB, and capacity.
  size_t size_bytes() const;

 private:
  template <typename Data>
  Value(Type type, Data data);

  Type type_ = Type::kNull;
  std::variant<std::monostate, bool, std::string, List, Elements, Map> data_;
};

struct Attribute {
  std::string name;
  Value value;
  bool operator==(const Attribute&) const = default;
};

// How many lists and maps may stand around a value (as measured on the service), and what is said of more.
inline constexpr size_t kLevelsMax = 31;
inline constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
    "supported limit";

// Of names and values together.
size_t size_bytes(const Map& item);

// The order of two values of one type that has one: S, N, B. Nothing for all others.
std::optional<std::strong_ordering> order(const Value& left, const Value& right);

}  // namespace hearth::services::dynamodb
