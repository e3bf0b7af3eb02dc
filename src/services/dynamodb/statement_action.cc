#include "services/dynamodb/statement_action.h"

#include <fmt/format.h>

#include <charconv>

#include "base/encoding.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/partiql/access.h"
#include "services/dynamodb/query_range.h"

namespace hearth::services::dynamodb {
namespace {

using partiql::Returning;
using partiql::Verb;

const char* action_name(Verb verb) {
  switch (verb) {
    case Verb::kSelect:
    case Verb::kExists:
      return "dynamodb:PartiQLSelect";
    case Verb::kInsert:
      return "dynamodb:PartiQLInsert";
    case Verb::kUpdate:
      return "dynamodb:PartiQLUpdate";
    case Verb::kDelete:
      return "dynamodb:PartiQLDelete";
  }
  return "";
}

Result<const IndexRecord*> index_of(const Table& table, const Prepared& prepared, ReadKind kind) {
  if (!prepared.statement.index) return nullptr;
  const IndexRecord* index = table.index(*prepared.statement.index);
  if (!index) return fail(errors::validation("The table does not have the specified index"));
  if (!index->local && kind == ReadKind::kStrong) {
    return fail(errors::validation("Consistent reads are not supported on global secondary indexes"));
  }
  return index;
}

// Whether the order that is asked for is the opposite of the one that items lie in. There is one within
// partitions only.
Result<bool> is_reverse(const partiql::Statement& statement, bool by_partition, const KeySchema& keys) {
  if (!statement.order.empty() && !statement.where) {
    return fail(errors::validation("Must have WHERE clause in the statement when using ORDER BY clause."));
  }
  if (!statement.order.empty() && !by_partition) {
    return fail(errors::validation(
        "Must have at least one non-optional hash key condition in WHERE clause when using "
        "ORDER BY clause."));
  }
  bool reverse = false;
  for (const auto& order : statement.order) {
    if (!is_key(keys, order.attribute)) {
      return fail(errors::validation("Variable reference " + order.attribute +
                                     " in ORDER BY clause must be part of the primary key"));
    }
    for (const KeyAttribute& attribute : keys.range) {
      if (attribute.name == order.attribute) reverse = order.descending;
    }
  }
  return reverse;
}

// Where the next page begins: in which of the ranges, and behind which item.
struct Place {
  size_t range = 0;
  std::string key;
};

std::string seal(const Place& place) {
  return base64_encode(std::to_string(place.range) + ":" + place.key);
}

Result<Place> open(const std::string& token) {
  const auto text = base64_decode(token);
  const size_t colon = text ? text->find(':') : std::string::npos;
  Place place;
  if (colon != std::string::npos) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + colon, place.range);
    place.key = text->substr(colon + 1);
    if (error == std::errc() && end == text->data() + colon) return place;
  }
  return fail(errors::validation("Invalid NextToken"));
}

Result<void> begin_behind(PageRequest& request, const std::string& key_json) {
  if (key_json.empty()) return {};
  const auto key = read_item(key_json);
  if (!key) return fail(errors::validation("Invalid NextToken"));
  TRY_SYNC(const StartKey start, start_key_of(*request.table, request.index, *key));
  const store::Key place = request.index ? entry_key(*request.index, *start.index, start.table)
                                         : item_key(request.table->record.number, start.table);
  (request.reverse ? request.range.end : request.range.begin) =
      request.reverse ? place.bytes() : store::key_after(place.bytes());
  return {};
}

}  // namespace

wire::Permission Prepared::permission() const {
  std::string resource = table.arn();
  if (statement.index) resource += "/index/" + *statement.index;
  return {.action = action_name(statement.verb), .resource = std::move(resource), .input = &input};
}

Result<Prepared> prepare(const wire::Call& call, const std::string& text,
                         const std::optional<std::vector<std::string>>& parameters) {
  List values;
  json::array texts;
  if (parameters) {
    for (const std::string& json : *parameters) {
      TRY_SYNC(Value value, read_value(json));
      values.push_back(std::move(value));
      texts.emplace_back(json);
    }
  }
  TRY_SYNC(auto statement, partiql::parse_statement(text, values));
  TRY_SYNC(auto table, TableRef::parse(call, statement.table));
  return Prepared{.statement = std::move(statement),
                  .table = std::move(table),
                  .input = {{"Statement", text}, {"Parameters", std::move(texts)}}};
}

Result<ItemAction> action_of(const Prepared& prepared, const Table& table, bool tell_item_on_failure) {
  const partiql::Statement& statement = prepared.statement;
  ItemAction action{.table = prepared.table, .tell_item_on_failure = tell_item_on_failure};
  if (statement.verb == Verb::kInsert) {
    action.item = statement.item;
    action.must_be_new = true;
    return action;
  }
  TRY_SYNC(auto one, partiql::one_item_of(statement.where, table.keys()));
  action.item = std::move(one.key);
  action.condition = std::move(one.rest);
  switch (statement.verb) {
    case Verb::kUpdate:
      action.kind = ItemAction::Kind::kUpdate;
      action.update.emplace(statement.changes);
      action.must_exist = true;
      break;
    case Verb::kDelete:
      action.kind = ItemAction::Kind::kDelete;
      break;
    default:
      action.kind = ItemAction::Kind::kCheck;
      action.must_exist = true;
  }
  return action;
}

std::optional<std::string> returned(const Prepared& prepared, const ItemAction& action,
                                    const ActionOutcome& outcome) {
  const auto named = [&](const std::optional<Item>& item) -> std::optional<std::string> {
    if (!item) return {};
    return to_json(action.update->named_part(*item));
  };
  switch (prepared.statement.returning) {
    case Returning::kNothing:
      return {};
    case Returning::kAllOld:
      return outcome.old ? std::optional(outcome.old->json) : std::nullopt;
    case Returning::kAllNew:
      return outcome.evaluated.item ? std::optional(to_json(*outcome.evaluated.item)) : std::nullopt;
    case Returning::kModifiedOld:
      return named(outcome.evaluated.old);
    case Returning::kModifiedNew:
      return named(outcome.evaluated.item);
  }
  return {};
}

Async<SelectPage> select(store::Transaction& tx, Throughput& throughput, TablePtr table,
                         const Prepared& prepared, ReadKind kind, std::optional<int32_t> limit,
                         std::string from) {
  TRY(const IndexRecord* index, index_of(*table, prepared, kind));
  const KeySchema& keys = index ? index->keys : table->keys();
  const uint64_t number = index ? index->number : table->record.number;
  TRY(const auto access, partiql::access_of(prepared.statement.where, keys));
  TRY(const bool reverse, is_reverse(prepared.statement, !access.keys.empty(), keys));
  Place place;
  if (!from.empty()) {
    TRY(place, open(from));
  }
  const size_t ranges = access.keys.empty() ? 1 : access.keys.size();
  if (place.range >= ranges) co_return errors::validation("Invalid NextToken");

  SelectPage whole{.items = "["};
  for (; place.range < ranges; ++place.range) {
    PageRequest request{
        .table = table, .index = index, .range = {}, .reverse = reverse, .limit = limit, .kind = kind};
    request.range =
        access.keys.empty() ? items_prefix(number).under() : query_range(number, access.keys[place.range]);
    TRY_VOID(begin_behind(request, std::exchange(place.key, {})));
    if (access.rest) request.filter = &*access.rest;
    if (!prepared.statement.selection.columns.empty()) {
      request.show = [&selection = prepared.statement.selection](const Item& item) {
        return selection.apply(item);
      };
    }
    TRY(ItemPage page, co_await read_page(tx, throughput, std::move(request)));
    if (page.count > 0) {
      if (whole.items.size() > 1) whole.items += ',';
      whole.items.append(page.items, 1, page.items.size() - 2);
    }
    whole.units.add(page.units);
    if (limit) *limit -= page.scanned;
    if (page.last_key) {
      place.key = *page.last_key;
      whole.next = seal(place);
      whole.last_key = std::move(page.last_key);
      break;
    }
    if (limit && *limit <= 0 && place.range + 1 < ranges) {
      whole.next = seal({.range = place.range + 1, .key = {}});
      break;
    }
  }
  whole.items += ']';
  co_return whole;
}

Async<SelectedItem> select_one(store::Transaction& tx, Throughput& throughput, TablePtr table,
                               const Prepared& prepared, ReadKind kind) {
  const auto one = partiql::one_item_of(prepared.statement.where, table->keys());
  if (!one) {
    co_return errors::validation(
        fmt::format("Select statements within {} must specify the primary key in the where clause.",
                    kind == ReadKind::kTransactional ? "ExecuteTransaction" : "BatchExecuteStatement"));
  }
  TRY(const KeyValues key, key_of_request(*table, one->key));
  TRY_VOID(throughput.admit(*table, Access::kRead, kSomeUnits));
  TRY(const auto record, co_await read_item_record(tx, item_key(table->record.number, key)));
  SelectedItem selected{.units = read_units(record ? record->size_bytes : 0, kind)};
  throughput.charge(*table, Access::kRead, {.table = selected.units});
  if (!record) co_return selected;
  TRY(const Item item, read_item(record->json));
  if (one->rest && !one->rest->holds(item)) co_return selected;
  const bool all = prepared.statement.selection.columns.empty();
  selected.item = all ? record->json : to_json(prepared.statement.selection.apply(item));
  co_return selected;
}

}  // namespace hearth::services::dynamodb
