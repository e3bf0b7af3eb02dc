#include "services/dynamodb/page_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/key_values.h"
#include "services/dynamodb/scalar_keys.h"

namespace hearth::services::dynamodb {
namespace {

// Attributes that the projection shows and the index does not have.
std::vector<std::string> missing_in(const Selection& selection, const IndexRecord& index,
                                    const Table& table) {
  std::vector<std::string> missing;
  if (!selection.projection) return missing;
  for (const auto& [name, nested] : selection.projection->names()) {
    const bool there =
        is_key(index.keys, name) || is_key(table.keys(), name) || contains(index.non_keys, name);
    if (!there) missing.push_back(name);
  }
  return missing;
}

}  // namespace

Status check_select(const std::string& select, std::string_view projection, bool has_index) {
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !has_index) {
    return fail(
        errors::validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"));
  }
  if (select == "SPECIFIC_ATTRIBUTES" && projection.empty()) {
    return fail(errors::validation(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"));
  }
  if (!projection.empty() && !select.empty() && select != "SPECIFIC_ATTRIBUTES") {
    return fail(errors::validation(fmt::format("Cannot specify the {} when choosing to get {}", projection,
                                               select == "COUNT" ? "only the Count" : select)));
  }
  return {};
}

Result<const IndexRecord*> index_of(const Table& table, const std::optional<std::string>& name,
                                    bool consistent, const std::string& select) {
  if (!name) return nullptr;
  const IndexRecord* index = table.index(*name);
  if (!index) return fail(errors::validation("The table does not have the specified index: " + *name));
  if (!index->local && consistent) {
    return fail(errors::validation("Consistent reads are not supported on global secondary indexes"));
  }
  if (index->status == IndexStatus::kCreating) {
    return fail(errors::validation("Cannot read from backfilling global secondary index: " + *name));
  }
  if (select == "ALL_ATTRIBUTES" && !index->local && index->projection != ProjectionType::kAll) {
    return fail(
        errors::invalid_values("Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                               *name + " because its projection type is not ALL"));
  }
  return index;
}

void apply(const Selection& selection, PageRequest& request) {
  if (selection.filter) request.filter = &*selection.filter;
  if (selection.projection) {
    request.show = [&projection = *selection.projection](const Item& item) { return projection.apply(item); };
  }
  request.count_only = selection.select == "COUNT";
  const bool partial =
      request.index && request.index->local && request.index->projection != ProjectionType::kAll;
  if (!partial) return;
  request.whole_items = selection.select == "ALL_ATTRIBUTES";
  // What the index lacks is fetched from the table.
  if (!missing_in(selection, *request.index, *request.table).empty()) request.whole_items = true;
}

Status check_names(const Selection& selection, const IndexRecord* index, const Table& table) {
  if (selection.filter) TRY_SYNC_VOID(check_scalars(table, selection.filter->names()));
  if (selection.projection) TRY_SYNC_VOID(check_scalars(table, selection.projection->names()));
  if (!index || index->local || index->projection == ProjectionType::kAll) return {};
  const auto missing = missing_in(selection, *index, table);
  if (missing.empty()) return {};
  return fail(errors::invalid_values(
      fmt::format("Global secondary index {} does not project [{}]", index->name, fmt::join(missing, ", "))));
}

Result<bool> start_behind(const Item& key, PageRequest& request) {
  TRY_SYNC(const StartKey start, start_key_of(*request.table, request.index, key));
  const store::Key place = request.index ? entry_key(*request.index, *start.index, start.table)
                                         : item_key(request.table->record.number, start.table);
  if (place.bytes() < request.range.begin || place.bytes() >= request.range.end) return false;
  (request.reverse ? request.range.end : request.range.begin) =
      request.reverse ? place.bytes() : store::key_after(place.bytes());
  return true;
}

}  // namespace hearth::services::dynamodb
