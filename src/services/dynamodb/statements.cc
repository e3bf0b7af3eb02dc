#include "services/dynamodb/statements.h"

#include "base/digest.h"
#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

bool tells_item(const std::optional<std::string>& asked) {
  return asked == "ALL_OLD";
}

api::dynamodb::BatchStatementError told(const Error& error) {
  const Reason reason = reason_of(error);
  api::dynamodb::BatchStatementError shown{.code = reason.code, .message = reason.message};
  if (!reason.item.empty()) shown.item = reason.item;
  return shown;
}

Status check_alike(const std::vector<Prepared>& statements) {
  for (const Prepared& one : statements) {
    if (one.reads() == statements.front().reads()) continue;
    return fail(errors::validation(
        "Statements within one request must be all of one kind: all reads, or all writes"));
  }
  return {};
}

std::string digest_of(const api::dynamodb::ExecuteTransactionInput& input) {
  api::dynamodb::ExecuteTransactionInput what;
  what.transact_statements = input.transact_statements;
  return sha256(to_text(wire::to_document(std::move(what)).document));
}

template <typename Output>
void tell_consumed(const std::optional<std::string>& mode,
                   const std::map<std::string, TransactOutcome::Use>& used, UnitForm form, Output& output) {
  for (const auto& [name, use] : used) {
    auto capacity = consumed(mode, *use.table, name, use.units, form);
    if (!capacity) return;
    if (!output.consumed_capacity) output.consumed_capacity.emplace();
    output.consumed_capacity->push_back(*std::move(capacity));
  }
}

}  // namespace

void Statements::mount(wire::Router& router) {
  router.on<ops::ExecuteStatement>(*this, &Statements::execute);
  router.on<ops::BatchExecuteStatement>(*this, &Statements::execute_batch);
  router.on<ops::ExecuteTransaction>(*this, &Statements::execute_transaction);
}

Async<Statements::Done> Statements::write(const Prepared& prepared, bool tell_item_on_failure) {
  const TimePoint now = parts_.clock.now();
  Bill bill(parts_.throughput);
  auto body = [&](store::Transaction& tx) -> Async<Done> {
    bill.begin();
    Done done;
    TRY(done.table, co_await parts_.catalog.require(tx, prepared.table));
    TRY(const ItemAction action, action_of(prepared, *done.table, tell_item_on_failure));
    TRY(const ActionOutcome outcome, co_await act(tx, bill, *done.table, action, now));
    done.item = returned(prepared, action, outcome);
    done.units = outcome.units;
    co_return done;
  };
  auto done = told(co_await parts_.store.transact(body));
  if (done) bill.keep();
  co_return done;
}

Async<api::dynamodb::ExecuteStatementOutput> Statements::execute(const wire::Call& call,
                                                                 api::dynamodb::ExecuteStatementInput input) {
  TRY(const Prepared prepared, prepare(call, input.statement, input.parameters));
  TRY_VOID(co_await parts_.authorizer.authorize(call, prepared.permission()));
  if (prepared.statement.verb == partiql::Verb::kExists) {
    co_return errors::validation("EXISTS is not supported outside of transactions");
  }
  if (!prepared.reads()) {
    TRY(const Done done,
        co_await write(prepared, tells_item(input.return_values_on_condition_check_failure)));
    co_return api::dynamodb::ExecuteStatementOutput{
        .items = "[" + done.item.value_or("") + "]",
        .consumed_capacity =
            consumed(input.return_consumed_capacity, *done.table, prepared.table.name, done.units)};
  }
  const auto kind = input.consistent_read.value_or(false) ? ReadKind::kStrong : ReadKind::kEventual;
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ExecuteStatementOutput> {
    TRY(const auto table, co_await parts_.catalog.require(tx, prepared.table));
    TRY(SelectPage page, co_await select(tx, parts_.throughput, table, prepared, kind, input.limit,
                                         input.next_token.value_or("")));
    api::dynamodb::ExecuteStatementOutput output{
        .items = std::move(page.items),
        .consumed_capacity =
            consumed(input.return_consumed_capacity, *table, prepared.table.name, page.units),
        .last_evaluated_key = std::move(page.last_key)};
    if (!page.next.empty()) output.next_token = std::move(page.next);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<Statements::Done> Statements::execute_one(const wire::Call& call,
                                                const api::dynamodb::BatchStatementRequest& request) {
  TRY(const Prepared prepared, prepare(call, request.statement, request.parameters));
  TRY_VOID(co_await parts_.authorizer.authorize(call, prepared.permission()));
  if (!prepared.reads()) {
    co_return co_await write(prepared, tells_item(request.return_values_on_condition_check_failure));
  }
  const auto kind = request.consistent_read.value_or(false) ? ReadKind::kStrong : ReadKind::kEventual;
  auto body = [&](store::Transaction& tx) -> Async<Done> {
    Done done;
    TRY(done.table, co_await parts_.catalog.require(tx, prepared.table));
    TRY(SelectedItem selected, co_await select_one(tx, parts_.throughput, done.table, prepared, kind));
    done.item = std::move(selected.item);
    done.units.table = selected.units;
    co_return done;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::BatchExecuteStatementOutput> Statements::execute_batch(
    const wire::Call& call, api::dynamodb::BatchExecuteStatementInput input) {
  std::vector<Prepared> prepared;
  for (const auto& request : input.statements) {
    auto one = prepare(call, request.statement, request.parameters);
    if (one) prepared.push_back(*std::move(one));
  }
  if (!prepared.empty()) {
    TRY_VOID(check_alike(prepared));
  }
  api::dynamodb::BatchExecuteStatementOutput output;
  output.responses.emplace();
  std::map<std::string, TransactOutcome::Use> used;
  for (const auto& request : input.statements) {
    api::dynamodb::BatchStatementResponse& response = output.responses->emplace_back();
    auto done = co_await execute_one(call, request);
    if (!done) {
      response.error = told(done.error());
      continue;
    }
    response.table_name = done->table->ref.name;
    response.item = std::move(done->item);
    auto& use = used[done->table->ref.name];
    use.table = done->table;
    use.units.add(done->units);
  }
  tell_consumed(input.return_consumed_capacity, used, UnitForm::kPlain, output);
  co_return output;
}

Async<api::dynamodb::ExecuteTransactionOutput> Statements::read_all(
    const std::vector<Prepared>& statements, std::optional<std::string> capacity_mode) {
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ExecuteTransactionOutput> {
    api::dynamodb::ExecuteTransactionOutput output;
    output.responses.emplace();
    std::map<std::string, TransactOutcome::Use> used;
    for (const Prepared& prepared : statements) {
      TRY(const auto table, co_await parts_.catalog.require(tx, prepared.table));
      auto selected = co_await select_one(tx, parts_.throughput, table, prepared, ReadKind::kTransactional);
      if (!selected && is_throttled(selected.error())) {
        co_return canceled_by(selected.error(), output.responses->size(), statements.size());
      }
      TRY_VOID(selected);
      output.responses->push_back({.item = std::move(selected->item)});
      auto& use = used[prepared.table.name];
      use.table = table;
      use.units.table += selected->units;
    }
    tell_consumed(capacity_mode, used, UnitForm::kTransactionalRead, output);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::ExecuteTransactionOutput> Statements::execute_transaction(
    const wire::Call& call, api::dynamodb::ExecuteTransactionInput input) {
  std::vector<Prepared> prepared;
  for (const auto& statement : input.transact_statements) {
    TRY(Prepared one, prepare(call, statement.statement, statement.parameters));
    wire::Permission permission = one.permission();
    permission.conditions.emplace_back("dynamodb:EnclosingOperation",
                                       std::vector{std::string(call.operation->name)});
    TRY_VOID(co_await parts_.authorizer.authorize(call, std::move(permission)));
    prepared.push_back(std::move(one));
  }
  TRY_VOID(check_alike(prepared));
  if (prepared.front().reads()) co_return co_await read_all(prepared, input.return_consumed_capacity);

  std::optional<Token> token;
  std::optional<RunningTokens::Holder> running;
  if (input.client_request_token) {
    token = Token{.text = *input.client_request_token, .request_sha256 = digest_of(input)};
    TRY(auto begun, running_.begin(call.account, token->text));
    running.emplace(std::move(begun));
  }
  const TimePoint now = parts_.clock.now();
  Bill bill(parts_.throughput);
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ExecuteTransactionOutput> {
    bill.begin();
    api::dynamodb::ExecuteTransactionOutput output;
    output.responses.emplace();
    if (token) {
      TRY(const auto done, co_await find_token(tx, call.account, *token, now));
      if (done) co_return output;
    }
    std::vector<TransactAction> actions;
    for (size_t at = 0; at < prepared.size(); ++at) {
      TRY(const auto table, co_await parts_.catalog.require(tx, prepared[at].table));
      const bool tell = tells_item(input.transact_statements[at].return_values_on_condition_check_failure);
      TRY(ItemAction action, action_of(prepared[at], *table, tell));
      actions.push_back({.action = std::move(action), .name = prepared[at].table.name});
    }
    TRY(const TransactOutcome outcome, co_await transact(tx, bill, parts_, actions, now));
    if (token) keep_token(tx, call.account, *token, outcome, now);
    tell_consumed(input.return_consumed_capacity, outcome.used, UnitForm::kTransactionalWrite, output);
    co_return output;
  };
  auto done = told(co_await parts_.store.transact(body));
  if (done) bill.keep();
  co_return done;
}

}  // namespace hearth::services::dynamodb
