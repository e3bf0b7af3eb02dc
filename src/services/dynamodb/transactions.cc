#include "services/dynamodb/transactions.h"

#include <set>

#include "base/digest.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/scalar_keys.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
using api::dynamodb::ItemCollectionMetrics;

template <typename Input>
Result<TransactAction> read_action(const wire::Call& call, ItemAction::Kind kind, const Input& input,
                                   const std::string& json) {
  TransactAction read{.action = {.kind = kind}, .name = input.table_name};
  ItemAction& action = read.action;
  TRY_SYNC(action.table, TableRef::parse(call, input.table_name));
  TRY_SYNC(action.item, read_item(json));
  TRY_SYNC(const auto placeholders,
           read_placeholders(input.expression_attribute_names, input.expression_attribute_values));
  if constexpr (requires { input.update_expression; }) {
    TRY_SYNC(action.update, read_update(input.update_expression, *placeholders));
  }
  const std::optional<std::string> condition = input.condition_expression;
  if constexpr (!requires { input.update_expression; }) {
    const Parameter expression{.name = "ConditionExpression", .given = condition.has_value()};
    TRY_SYNC_VOID(check_parameters({&expression, 1}, {}, *placeholders));
  }
  TRY_SYNC(action.condition, read_condition(ExpressionKind::kCondition, condition, *placeholders));
  TRY_SYNC_VOID(placeholders->check_all_used());
  action.tell_item_on_failure = input.return_values_on_condition_check_failure == "ALL_OLD";
  return read;
}

Result<TransactAction> read_item_of(const wire::Call& call, const api::dynamodb::TransactWriteItem& item) {
  const int kinds =
      (item.put ? 1 : 0) + (item.update ? 1 : 0) + (item.delete_ ? 1 : 0) + (item.condition_check ? 1 : 0);
  if (kinds != 1) {
    return fail(errors::validation(
        kinds == 0 ? "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
                   : "TransactItems can only contain one of Check, Put, Update or Delete"));
  }
  if (item.put) return read_action(call, ItemAction::Kind::kPut, *item.put, item.put->item);
  if (item.update) return read_action(call, ItemAction::Kind::kUpdate, *item.update, item.update->key);
  if (item.delete_) return read_action(call, ItemAction::Kind::kDelete, *item.delete_, item.delete_->key);
  return read_action(call, ItemAction::Kind::kCheck, *item.condition_check, item.condition_check->key);
}

const char* permission_of(ItemAction::Kind kind) {
  switch (kind) {
    case ItemAction::Kind::kPut:
      return "dynamodb:PutItem";
    case ItemAction::Kind::kUpdate:
      return "dynamodb:UpdateItem";
    case ItemAction::Kind::kDelete:
      return "dynamodb:DeleteItem";
    case ItemAction::Kind::kCheck:
      return "dynamodb:ConditionCheckItem";
  }
  return "";
}

// For each action on each table. A copy of the input is what policies may look at.
template <typename Input>
Async<void> ask(const Parts& parts, const wire::Call& call,
                std::set<std::pair<std::string, std::string>> asked, Input input) {
  const json::object document = wire::to_document(std::move(input)).document;
  for (const auto& [action, resource] : asked) {
    TRY_VOID(co_await parts.authorizer.authorize(
        call, {.action = action,
               .resource = resource,
               .conditions = {{"dynamodb:EnclosingOperation", {std::string(call.operation->name)}}},
               .input = &document}));
  }
  co_return {};
}

// The same request again has the same digest, whatever is to be told of it.
std::string digest_of(const api::dynamodb::TransactWriteItemsInput& input) {
  api::dynamodb::TransactWriteItemsInput what;
  what.transact_items = input.transact_items;
  return sha256(to_text(wire::to_document(std::move(what)).document));
}

size_t bytes_of(const std::vector<TransactAction>& actions) {
  size_t bytes = 0;
  for (const TransactAction& action : actions) bytes += size_bytes(action.action.item);
  return bytes;
}

// Of a transaction that was done before with the same token.
api::dynamodb::TransactWriteItemsOutput told_again(const api::dynamodb::TransactWriteItemsInput& input,
                                                   const TokenRecord& record,
                                                   const std::map<std::string, TablePtr>& tables) {
  api::dynamodb::TransactWriteItemsOutput output;
  if (!input.return_consumed_capacity || *input.return_consumed_capacity == "NONE") return output;
  output.consumed_capacity.emplace();
  for (const auto& [name, units] : record.read_units) {
    const auto found = tables.find(name);
    if (found == tables.end()) continue;
    output.consumed_capacity->push_back(*consumed(input.return_consumed_capacity, *found->second, name,
                                                  {.table = static_cast<double>(units)},
                                                  UnitForm::kTransactionalRead));
  }
  return output;
}

api::dynamodb::TransactWriteItemsOutput told(const api::dynamodb::TransactWriteItemsInput& input,
                                             const std::vector<TransactAction>& actions,
                                             const TransactOutcome& outcome) {
  api::dynamodb::TransactWriteItemsOutput output;
  for (const auto& [name, use] : outcome.used) {
    auto capacity =
        consumed(input.return_consumed_capacity, *use.table, name, use.units, UnitForm::kTransactionalWrite);
    if (!capacity) break;
    if (!output.consumed_capacity) output.consumed_capacity.emplace();
    output.consumed_capacity->push_back(*std::move(capacity));
  }
  for (const TransactAction& action : actions) {
    const Table& table = *outcome.used.at(action.name).table;
    if (!table.has_local_index() || action.action.kind == ItemAction::Kind::kCheck) continue;
    const std::string& hash = table.keys().hash[0].name;
    Item key;
    key.set(hash, *action.action.item.find(hash));
    auto metrics =
        collection_metrics<ItemCollectionMetrics>(input.return_item_collection_metrics, to_json(key));
    if (!metrics) break;
    if (!output.item_collection_metrics) output.item_collection_metrics.emplace();
    (*output.item_collection_metrics)[action.name].push_back(*std::move(metrics));
  }
  return output;
}

// ----- reading -----

struct TransactRead {
  const api::dynamodb::Get& asked;
  TableRef ref;
  Item key;
  std::optional<Projection> projection;
};

Result<TransactRead> read_get(const wire::Call& call, const api::dynamodb::Get& asked) {
  TransactRead read{.asked = asked, .ref = {}, .key = {}, .projection = {}};
  TRY_SYNC(read.ref, TableRef::parse(call, asked.table_name));
  TRY_SYNC(read.key, read_item(asked.key));
  TRY_SYNC(const auto placeholders, read_placeholders(asked.expression_attribute_names, std::nullopt));
  TRY_SYNC(read.projection, read_projection(asked.projection_expression, std::nullopt, *placeholders));
  TRY_SYNC_VOID(placeholders->check_all_used());
  return read;
}

Result<api::dynamodb::ItemResponse> respond(const TransactRead& read,
                                            const std::optional<ItemRecord>& record) {
  api::dynamodb::ItemResponse response;
  if (!record) return response;
  response.item = record->json;
  if (!read.projection) return response;
  TRY_SYNC(const Item item, read_item(record->json));
  response.item = to_json(read.projection->apply(item));
  return response;
}

}  // namespace

void Transactions::mount(wire::Router& router) {
  router.on<ops::TransactGetItems>(*this, &Transactions::get);
  router.on<ops::TransactWriteItems>(*this, &Transactions::write);
}

Async<api::dynamodb::TransactGetItemsOutput> Transactions::get(const wire::Call& call,
                                                               api::dynamodb::TransactGetItemsInput input) {
  std::vector<TransactRead> reads;
  std::set<std::pair<std::string, std::string>> asked;
  for (const auto& item : input.transact_items) {
    TRY(TransactRead read, read_get(call, item.get));
    asked.emplace("dynamodb:GetItem", read.ref.arn());
    reads.push_back(std::move(read));
  }
  TRY_VOID(co_await ask(parts_, call, std::move(asked), input));

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::TransactGetItemsOutput> {
    api::dynamodb::TransactGetItemsOutput output;
    output.responses.emplace();
    std::map<std::string, TransactOutcome::Use> used;
    std::set<std::string> places;
    for (size_t at = 0; at < reads.size(); ++at) {
      const TransactRead& read = reads[at];
      TRY(const auto table, co_await parts_.catalog.require(tx, read.ref));
      if (read.projection) TRY_VOID(check_scalars(*table, read.projection->names()));
      const auto key = key_of_request(*table, read.key);
      if (!key) co_return canceled_by(key.error(), at, reads.size());
      const store::Key place = item_key(table->record.number, *key);
      if (!places.insert(place.bytes()).second) {
        co_return errors::validation("Transaction request cannot include multiple operations on one item");
      }
      if (const auto admitted = parts_.throughput.admit(*table, Access::kRead, kSomeUnits); !admitted) {
        co_return canceled_by(admitted.error(), at, reads.size());
      }
      TRY(const auto record, co_await read_item_record(tx, place));
      TRY(auto response, respond(read, record));
      output.responses->push_back(std::move(response));
      auto& use = used[read.asked.table_name];
      use.table = table;
      const double units = read_units(record ? record->size_bytes : 0, ReadKind::kTransactional);
      parts_.throughput.charge(*table, Access::kRead, {.table = units});
      use.units.table += units;
    }
    for (const auto& [name, use] : used) {
      auto capacity =
          consumed(input.return_consumed_capacity, *use.table, name, use.units, UnitForm::kTransactionalRead);
      if (!capacity) break;
      if (!output.consumed_capacity) output.consumed_capacity.emplace();
      output.consumed_capacity->push_back(*std::move(capacity));
    }
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::TransactWriteItemsOutput> Transactions::write(
    const wire::Call& call, api::dynamodb::TransactWriteItemsInput input) {
  std::vector<TransactAction> actions;
  std::set<std::pair<std::string, std::string>> asked;
  for (const auto& item : input.transact_items) {
    TRY(TransactAction action, read_item_of(call, item));
    asked.emplace(permission_of(action.action.kind), action.action.table.arn());
    actions.push_back(std::move(action));
  }
  if (bytes_of(actions) > limits::kTransactBytesMax) {
    co_return errors::validation("Collection size exceeded: the items of a transaction may have 4 MB");
  }
  TRY_VOID(co_await ask(parts_, call, std::move(asked), input));
  std::optional<Token> token;
  std::optional<RunningTokens::Holder> running;
  if (input.client_request_token) {
    token = Token{.text = *input.client_request_token, .request_sha256 = digest_of(input)};
    TRY(auto begun, running_.begin(call.account, token->text));
    running.emplace(std::move(begun));
  }
  const TimePoint now = parts_.clock.now();

  Bill bill(parts_.throughput);
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::TransactWriteItemsOutput> {
    bill.begin();
    if (token) {
      TRY(const auto done, co_await find_token(tx, call.account, *token, now));
      if (done) {
        std::map<std::string, TablePtr> tables;
        for (const TransactAction& action : actions) {
          TRY(tables[action.name], co_await parts_.catalog.require(tx, action.action.table));
        }
        co_return told_again(input, *done, tables);
      }
    }
    TRY(const TransactOutcome outcome, co_await transact(tx, bill, parts_, actions, now));
    if (token) keep_token(tx, call.account, *token, outcome, now);
    co_return told(input, actions, outcome);
  };
  auto done = told(co_await parts_.store.transact(body));
  if (done) bill.keep();
  if (done || done.error().code != "TransactionConflictException") co_return done;
  std::vector<Reason> reasons(actions.size());
  reasons.front() = {.code = "TransactionConflict", .message = done.error().message};
  co_return canceled(reasons);
}

}  // namespace hearth::services::dynamodb
