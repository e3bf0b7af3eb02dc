// Placeholders: what #names and :values stand for in the expressions of one request. A request that defines
// one that none of its expressions uses is refused, so they remember what was asked for.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

class Placeholders {
 public:
  using Names = std::map<std::string, std::string, std::less<>>;

  // ExpressionAttributeNames and ExpressionAttributeValues; nothing where the request has none.
  Placeholders(std::optional<Names> names, std::optional<Map> values);
  Placeholders(const Placeholders&) = delete;
  Placeholders& operator=(const Placeholders&) = delete;

  bool has_names() const { return names_.has_value(); }
  bool has_values() const { return values_.has_value(); }

  // "ValidationException": a map is empty, a key is no placeholder, or both are too large. Comes before every
  // expression is parsed.
  Status check_keys() const;
  // What it stands for, and it is used from now on. Null for what is not defined.
  const std::string* name(std::string_view placeholder);
  const Value* value(std::string_view placeholder);
  // "ValidationException" for those that were never asked for. Comes after every expression was parsed.
  Status check_all_used() const;

 private:
  std::optional<Names> names_;
  std::optional<Map> values_;
  // Keys in the maps.
  std::set<std::string_view> unused_names_;
  std::set<std::string_view> unused_values_;
};

}  // namespace hearth::services::dynamodb
