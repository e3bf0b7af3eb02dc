// What several operations' requests have in common, read: items, keys, placeholders, and expressions or the
// parameters that came before there were expressions.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/dynamodb.h"
#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/parameters.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/expression/projection.h"
#include "services/dynamodb/expression/update.h"

namespace hearth::services::dynamodb {

using Names = std::optional<std::map<std::string, std::string>>;
using Values = std::optional<std::string>;

// Placeholders do not move, as expressions are read from them; they are gone once these are read.
Result<std::unique_ptr<Placeholders>> read_placeholders(const Names& names, const Values& values);

// Nothing where the request has no such expression.
Result<std::optional<Condition>> read_condition(ExpressionKind kind, const std::optional<std::string>& text,
                                                Placeholders& placeholders);
// Of requests that have no other expression.
Result<std::optional<Projection>> read_projection(
    const std::optional<std::string>& text, const std::optional<std::vector<std::string>>& attributes_to_get,
    Placeholders& placeholders);
Result<std::optional<Projection>> read_projection(const std::optional<std::string>& text,
                                                  Placeholders& placeholders);
Result<std::optional<Update>> read_update(const std::optional<std::string>& text, Placeholders& placeholders);

// How much of a table's partition there is with local indexes, for those who ask with "SIZE"; nothing for
// others. It is always small here: the estimate's range is the smallest.
template <typename Metrics>
std::optional<Metrics> collection_metrics(const std::optional<std::string>& mode, std::string key_json) {
  if (!mode || *mode != "SIZE") return {};
  return Metrics{.item_collection_key = std::move(key_json),
                 .size_estimate_range_gb = std::vector<double>{0, 1}};
}

}  // namespace hearth::services::dynamodb
