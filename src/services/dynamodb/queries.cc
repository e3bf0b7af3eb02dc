#include "services/dynamodb/queries.h"

#include <fmt/format.h>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/key_values.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/page_request.h"
#include "services/dynamodb/query_range.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

// A filter of a Query may not ask for what the key condition has decided already.
Status check_filter(const Condition& filter, const KeySchema& keys) {
  for (const auto& [name, nested] : filter.names()) {
    if (!is_key(keys, name)) continue;
    return fail(errors::validation(
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: " + name));
  }
  return {};
}

template <typename Input>
Result<std::optional<Item>> read_start(const Input& input) {
  if (!input.exclusive_start_key) return std::optional<Item>();
  TRY_SYNC(Item start, read_item(*input.exclusive_start_key));
  return std::optional<Item>(std::move(start));
}

template <typename Output>
Output told(ItemPage page, bool count_only) {
  Output output{.count = page.count, .scanned_count = page.scanned, .last_evaluated_key = std::move(page.last_key)};
  if (!count_only) output.items = std::move(page.items);
  return output;
}

Status check_segment(const api::dynamodb::ScanInput& input) {
  if (input.segment && !input.total_segments) {
    return fail(errors::validation(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"));
  }
  if (input.total_segments && !input.segment) {
    return fail(errors::validation(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"));
  }
  if (input.segment && *input.segment >= *input.total_segments) {
    return fail(errors::validation(
        fmt::format("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {} is "
                    "not less than TotalSegments: {}",
                    *input.segment, *input.total_segments)));
  }
  return {};
}

}  // namespace

void Queries::mount(wire::Router& router) {
  router.on<ops::Query>(*this, &Queries::query);
  router.on<ops::Scan>(*this, &Queries::scan);
}

Async<api::dynamodb::QueryOutput> Queries::query(const wire::Call& call, api::dynamodb::QueryInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  Selection selection{.select = input.select.value_or("")};
  TRY_VOID(check_select(selection.select, input.projection_expression.has_value(), input.index_name.has_value()));
  TRY(selection.start, read_start(input));
  TRY(const auto placeholders,
      read_placeholders(input.expression_attribute_names, input.expression_attribute_values));
  if (!input.key_condition_expression) {
    co_return errors::validation(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  TRY(selection.filter, read_condition(ExpressionKind::kFilter, input.filter_expression, *placeholders));
  TRY(selection.projection, read_projection(input.projection_expression, *placeholders));
  TRY(const auto condition, KeyCondition::parse(*input.key_condition_expression, *placeholders));
  TRY_VOID(placeholders->check_all_used());

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::QueryOutput> {
    PageRequest request{.table = {}, .reverse = !input.scan_index_forward.value_or(true), .limit = input.limit};
    TRY(request.table, co_await parts_.catalog.require(tx, ref));
    const bool consistent = input.consistent_read.value_or(false);
    TRY(request.index, index_of(*request.table, input.index_name, consistent, selection.select));
    request.kind = consistent ? ReadKind::kStrong : ReadKind::kEventual;
    const KeySchema& keys = request.index ? request.index->keys : request.table->keys();
    if (selection.filter) {
      TRY_VOID(check_filter(*selection.filter, keys));
    }
    TRY(const KeyBounds bounds, condition.bounds(keys));
    request.range = query_range(request.index ? request.index->number : request.table->record.number, bounds);
    if (selection.start) {
      TRY_VOID(start_behind(*selection.start, request));
    }
    apply(selection, request);
    const TablePtr table = request.table;
    TRY(ItemPage page, co_await read_page(tx, std::move(request)));
    auto capacity = consumed(input.return_consumed_capacity, *table, input.table_name, page.units);
    auto output = told<api::dynamodb::QueryOutput>(std::move(page), selection.select == "COUNT");
    output.consumed_capacity = std::move(capacity);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::ScanOutput> Queries::scan(const wire::Call& call, api::dynamodb::ScanInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  TRY_VOID(check_segment(input));
  Selection selection{.select = input.select.value_or("")};
  TRY_VOID(check_select(selection.select, input.projection_expression.has_value(), input.index_name.has_value()));
  TRY(selection.start, read_start(input));
  TRY(const auto placeholders,
      read_placeholders(input.expression_attribute_names, input.expression_attribute_values));
  TRY_VOID(check_placeholders_wanted(
      *placeholders, input.filter_expression.has_value() || input.projection_expression.has_value(), ""));
  TRY(selection.filter, read_condition(ExpressionKind::kFilter, input.filter_expression, *placeholders));
  TRY(selection.projection, read_projection(input.projection_expression, *placeholders));
  TRY_VOID(placeholders->check_all_used());

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ScanOutput> {
    PageRequest request{.table = {}, .limit = input.limit};
    TRY(request.table, co_await parts_.catalog.require(tx, ref));
    const bool consistent = input.consistent_read.value_or(false);
    TRY(request.index, index_of(*request.table, input.index_name, consistent, selection.select));
    request.kind = consistent ? ReadKind::kStrong : ReadKind::kEventual;
    request.range = segment_range(request.index ? request.index->number : request.table->record.number,
                                  input.segment.value_or(0), input.total_segments.value_or(1));
    if (selection.start) {
      const auto started = start_behind(*selection.start, request);
      if (!started && input.segment) {
        co_return errors::validation(
            fmt::format("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
                        "with correct Segment. TotalSegments: {} Segment: {}",
                        *input.total_segments, *input.segment));
      }
      TRY_VOID(started);
    }
    apply(selection, request);
    const TablePtr table = request.table;
    TRY(ItemPage page, co_await read_page(tx, std::move(request)));
    auto capacity = consumed(input.return_consumed_capacity, *table, input.table_name, page.units);
    auto output = told<api::dynamodb::ScanOutput>(std::move(page), selection.select == "COUNT");
    output.consumed_capacity = std::move(capacity);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::dynamodb
