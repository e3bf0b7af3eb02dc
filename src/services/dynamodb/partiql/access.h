// Which items a statement's WHERE reaches: by key, where it says so, else all of them; and what is left of
// the condition to be asked of each.
#pragma once
#include <optional>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/key_condition.h"

namespace hearth::services::dynamodb::partiql {

struct Access {
  // One for each value that the partition's key may have. None: the whole table or index has to be read.
  std::vector<KeyBounds> keys = {};
  std::optional<Condition> rest = std::nullopt;
};

// For SELECT. "ValidationException": a value for the partition's key has another type, or there are too many.
Result<Access> access_of(const std::optional<syntax::Predicate>& where, const KeySchema& schema);

struct OneItem {
  // The attributes of the key.
  Item key;
  std::optional<Condition> rest;
};

// For UPDATE, DELETE and EXISTS. "ValidationException": the condition does not name one item by its whole
// key.
Result<OneItem> one_item_of(const std::optional<syntax::Predicate>& where, const KeySchema& schema);

}  // namespace hearth::services::dynamodb::partiql
