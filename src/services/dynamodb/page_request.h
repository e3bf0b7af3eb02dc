// What Query and Scan have in common: what is read of what they ask for, first without the table, then for
// it.
#pragma once
#include "services/dynamodb/page_reader.h"
#include "services/dynamodb/requests.h"

namespace hearth::services::dynamodb {

// What is said without a table.
struct Selection {
  std::optional<Condition> filter;
  std::optional<Projection> projection;
  std::optional<Item> start;
  std::string select;  // empty: as usual
};

// "ValidationException" when `select` does not go with the rest.
// `projection` is the parameter that says what is shown; empty without one.
Status check_select(const std::string& select, std::string_view projection, bool has_index);
template <typename Input>
std::string_view projection_parameter(const Input& input) {
  return input.projection_expression ? "ProjectionExpression"
         : input.attributes_to_get   ? "AttributesToGet"
                                     : "";
}

// Null without a name; "ValidationException" when the table has no such index, or it cannot be read like
// that.
Result<const IndexRecord*> index_of(const Table& table, const std::optional<std::string>& name,
                                    bool consistent, const std::string& select);

// Fills in what follows from the selection, which outlives the request.
void apply(const Selection& selection, PageRequest& request);

// "ValidationException" when it looks into keys, or the projection shows what a global index does not have.
Status check_names(const Selection& selection, const IndexRecord* index, const Table& table);

// Narrows a range to what lies behind (or before, in reverse) the key. False when the key is not in it.
Result<bool> start_behind(const Item& key, PageRequest& request);

}  // namespace hearth::services::dynamodb
