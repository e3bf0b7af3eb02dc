#include "services/dynamodb/queries.h"

#include <fmt/format.h>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/key_values.h"
#include "services/dynamodb/legacy_requests.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/page_request.h"
#include "services/dynamodb/query_range.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

// A filter of a Query may not ask for what the key condition has decided already.
Status check_filter(const Condition& filter, const KeySchema& keys, std::string_view parameter) {
  for (const auto& [name, nested] : filter.names()) {
    if (!is_key(keys, name)) continue;
    return fail(errors::validation(fmt::format(
        "{} can only contain non-primary key attributes: Primary key attribute: {}", parameter, name)));
  }
  return {};
}

template <typename Input>
Result<std::optional<Item>> read_start(const Input& input) {
  if (!input.exclusive_start_key) return std::optional<Item>();
  TRY_SYNC(Item start, read_item(*input.exclusive_start_key));
  return std::optional<Item>(std::move(start));
}

// What is asked of the items that are read, and shown of them, in either form.
template <typename Input>
Status read_filter(const Input& input, const Conditions& older, Placeholders& placeholders,
                   Selection& selection) {
  TRY_SYNC(selection.filter, read_condition(ExpressionKind::kFilter, input.filter_expression, placeholders));
  if (!selection.filter) {
    TRY_SYNC(const auto comparisons, read_comparisons(older));
    TRY_SYNC(selection.filter, legacy::condition(comparisons, input.conditional_operator));
  }
  if (input.attributes_to_get) {
    TRY_SYNC(selection.projection, legacy::projection(*input.attributes_to_get));
    return {};
  }
  TRY_SYNC(selection.projection, read_projection(input.projection_expression, placeholders));
  return {};
}

Result<KeyCondition> read_key_condition(const api::dynamodb::QueryInput& input, Placeholders& placeholders) {
  if (input.key_condition_expression)
    return KeyCondition::parse(*input.key_condition_expression, placeholders);
  TRY_SYNC(const auto comparisons, read_comparisons(input.key_conditions));
  return legacy::key_condition(comparisons);
}

// Of a Query, which has something to say of every key that it cannot go on behind.
Status start_behind(const Item& key, const KeySchema& keys, const KeyBounds& bounds, PageRequest& request) {
  if (!request.index && bounds.range.size() == keys.range.size()) {
    return fail(errors::validation("The query can return at most one row and cannot be restarted"));
  }
  TRY_SYNC(const bool inside, start_behind(key, request));
  if (inside) return {};
  for (size_t i = 0; i < keys.hash.size(); ++i) {
    if (*key.find(keys.hash[i].name) == bounds.hash[i]) continue;
    return fail(errors::validation(
        "The provided starting key is outside query boundaries based on provided conditions"));
  }
  return fail(errors::validation("The provided starting key does not match the range key predicate"));
}

template <typename Output>
Output told(ItemPage page, bool count_only) {
  Output output{
      .count = page.count, .scanned_count = page.scanned, .last_evaluated_key = std::move(page.last_key)};
  if (!count_only) output.items = std::move(page.items);
  return output;
}

Status check_segment(const api::dynamodb::ScanInput& input) {
  if (input.segment && !input.total_segments) {
    return fail(
        errors::validation("The TotalSegments parameter is required but was not present in the request when "
                           "Segment parameter is present"));
  }
  if (input.total_segments && !input.segment) {
    return fail(
        errors::validation("The Segment parameter is required but was not present in the request when "
                           "parameter TotalSegments is present"));
  }
  if (input.segment && *input.segment >= *input.total_segments) {
    return fail(errors::validation(fmt::format(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {} is "
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
  TRY_VOID(check_select(selection.select, projection_parameter(input), input.index_name.has_value()));
  TRY(selection.start, read_start(input));
  TRY(const auto placeholders,
      read_placeholders(input.expression_attribute_names, input.expression_attribute_values));
  const Parameter expressions[] = {
      {.name = "ProjectionExpression", .given = input.projection_expression.has_value()},
      {.name = "FilterExpression", .given = input.filter_expression.has_value()},
      {.name = "KeyConditionExpression", .given = input.key_condition_expression.has_value()}};
  const Parameter older[] = {{.name = "AttributesToGet", .given = input.attributes_to_get.has_value()},
                             {.name = "QueryFilter", .given = input.query_filter.has_value()},
                             {.name = "ConditionalOperator", .given = input.conditional_operator.has_value()},
                             {.name = "KeyConditions", .given = input.key_conditions.has_value()}};
  TRY_VOID(check_parameters(expressions, older, *placeholders));
  if (!input.key_condition_expression && !input.key_conditions) {
    co_return errors::validation(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  TRY_VOID(read_filter(input, input.query_filter, *placeholders, selection));
  TRY(const auto condition, read_key_condition(input, *placeholders));
  TRY_VOID(placeholders->check_all_used());

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::QueryOutput> {
    PageRequest request{
        .table = {}, .reverse = !input.scan_index_forward.value_or(true), .limit = input.limit};
    TRY(request.table, co_await parts_.catalog.require(tx, ref));
    const bool consistent = input.consistent_read.value_or(false);
    TRY(request.index, index_of(*request.table, input.index_name, consistent, selection.select));
    request.kind = consistent ? ReadKind::kStrong : ReadKind::kEventual;
    const KeySchema& keys = request.index ? request.index->keys : request.table->keys();
    if (selection.filter) {
      TRY_VOID(
          check_filter(*selection.filter, keys, input.query_filter ? "QueryFilter" : "Filter Expression"));
    }
    TRY(const KeyBounds bounds, condition.bounds(keys));
    TRY_VOID(check_bounds(keys, bounds));
    TRY_VOID(check_names(selection, request.index, *request.table));
    request.range = query_range(request.index ? request.index->number : request.table->record.number, bounds);
    if (selection.start) {
      TRY_VOID(start_behind(*selection.start, keys, bounds, request));
    }
    apply(selection, request);
    const TablePtr table = request.table;
    TRY(ItemPage page, co_await read_page(tx, parts_.throughput, std::move(request)));
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
  TRY_VOID(check_select(selection.select, projection_parameter(input), input.index_name.has_value()));
  TRY(selection.start, read_start(input));
  TRY(const auto placeholders,
      read_placeholders(input.expression_attribute_names, input.expression_attribute_values));
  const Parameter expressions[] = {
      {.name = "ProjectionExpression", .given = input.projection_expression.has_value()},
      {.name = "FilterExpression", .given = input.filter_expression.has_value()}};
  const Parameter older[] = {
      {.name = "AttributesToGet", .given = input.attributes_to_get.has_value()},
      {.name = "ScanFilter", .given = input.scan_filter.has_value()},
      {.name = "ConditionalOperator", .given = input.conditional_operator.has_value()}};
  TRY_VOID(check_parameters(expressions, older, *placeholders));
  TRY_VOID(read_filter(input, input.scan_filter, *placeholders, selection));
  TRY_VOID(placeholders->check_all_used());

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ScanOutput> {
    PageRequest request{.table = {}, .limit = input.limit};
    TRY(request.table, co_await parts_.catalog.require(tx, ref));
    const bool consistent = input.consistent_read.value_or(false);
    TRY(request.index, index_of(*request.table, input.index_name, consistent, selection.select));
    request.kind = consistent ? ReadKind::kStrong : ReadKind::kEventual;
    request.range = segment_range(request.index ? request.index->number : request.table->record.number,
                                  input.segment.value_or(0), input.total_segments.value_or(1));
    TRY_VOID(check_names(selection, request.index, *request.table));
    if (selection.start) {
      TRY(const bool inside, start_behind(*selection.start, request));
      // Without segments every key is inside.
      if (!inside) {
        co_return errors::validation(fmt::format(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
            "with correct Segment. TotalSegments: {} Segment: {}",
            input.total_segments.value_or(1), input.segment.value_or(0)));
      }
    }
    apply(selection, request);
    const TablePtr table = request.table;
    TRY(ItemPage page, co_await read_page(tx, parts_.throughput, std::move(request)));
    auto capacity = consumed(input.return_consumed_capacity, *table, input.table_name, page.units);
    auto output = told<api::dynamodb::ScanOutput>(std::move(page), selection.select == "COUNT");
    output.consumed_capacity = std::move(capacity);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::dynamodb
