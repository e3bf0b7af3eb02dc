#include "services/dynamodb/transact_actions.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/limits.h"

namespace hearth::services::dynamodb {
namespace {

// An action on its way through the transaction.
struct Stage {
  const TransactAction& action;
  TablePtr table;
  KeyValues key;
  std::optional<ItemRecord> old;
  Evaluated evaluated;
};

store::Key token_key(const std::string& account, const std::string& token) {
  return store::Key("dynamodb.tokens", account, token);
}

Async<std::vector<Stage>> prepare(store::Transaction& tx, const Parts& parts,
                                  const std::vector<TransactAction>& actions) {
  std::vector<Stage> steps;
  for (const TransactAction& action : actions) {
    TRY(auto table, co_await parts.catalog.require(tx, action.action.table));
    steps.push_back({.action = action, .table = std::move(table), .key = {}, .old = {}, .evaluated = {}});
  }
  std::set<std::string> places;
  std::vector<std::string> keys;
  for (size_t at = 0; at < steps.size(); ++at) {
    Stage& step = steps[at];
    auto key = key_of(*step.table, step.action.action);
    // Only the first of what is wrong with the items themselves is told; conditions are not looked at then.
    if (!key) co_return canceled_by(key.error(), at, steps.size());
    step.key = *std::move(key);
    keys.push_back(item_key(step.table->record.number, step.key).bytes());
    if (!places.insert(keys.back()).second) {
      co_return errors::validation("Transaction request cannot include multiple operations on one item");
    }
  }
  TRY(const auto found, co_await tx.multi_get(keys));
  for (size_t at = 0; at < steps.size(); ++at) {
    if (!found[at]) continue;
    TRY(steps[at].old, store::decode<ItemRecord>(*found[at]));
  }
  co_return steps;
}

Status admit_all(Bill& bill, const std::vector<Stage>& steps) {
  std::vector<Reason> reasons(steps.size());
  bool refused = false;
  for (size_t at = 0; at < steps.size(); ++at) {
    const auto admitted = bill.admit(*steps[at].table, kSomeUnits);
    if (admitted) continue;
    refused = true;
    reasons[at] = reason_of(admitted.error());
  }
  if (refused) return fail(canceled(reasons));
  return {};
}

// Every condition is asked, whatever the others say.
Status evaluate_all(std::vector<Stage>& steps) {
  std::vector<Reason> reasons(steps.size());
  bool failed = false;
  for (size_t at = 0; at < steps.size(); ++at) {
    auto evaluated = evaluate(*steps[at].table, steps[at].action.action, steps[at].old);
    if (evaluated) {
      steps[at].evaluated = *std::move(evaluated);
      continue;
    }
    if (evaluated.error().code == "ValidationException") {
      return fail(canceled_by(evaluated.error(), at, steps.size()));
    }
    failed = true;
    reasons[at] = reason_of(evaluated.error());
  }
  if (failed) return fail(canceled(reasons));
  return {};
}

Units doubled(Units units) {
  units.table *= 2;
  for (auto& [name, of_index] : units.indexes) of_index *= 2;
  return units;
}

// What an action costs that only looks at its item.
Units checked(const Stage& step) {
  return doubled({.table = write_units(step.old ? step.old->size_bytes : 0)});
}

}  // namespace

std::string reason_code(std::string_view error_code) {
  constexpr std::pair<std::string_view, std::string_view> kCodes[] = {
      {"ConditionalCheckFailedException", "ConditionalCheckFailed"},
      {"ValidationException", "ValidationError"},
      {"DuplicateItemException", "DuplicateItem"},
      {"ResourceNotFoundException", "ResourceNotFound"},
      {"AccessDeniedException", "AccessDenied"},
      {"TransactionConflictException", "TransactionConflict"},
      {"ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded"},
      {"ThrottlingException", "ThrottlingError"}};
  for (const auto& [from, to] : kCodes) {
    if (error_code == from) return std::string(to);
  }
  return "InternalServerError";
}

Reason reason_of(const Error& error) {
  Reason reason{.code = reason_code(error.code), .message = error.message};
  for (const auto& [name, value] : error.extra) {
    if (name == "Item") reason.item = value;
  }
  return reason;
}

Error canceled(const std::vector<Reason>& reasons) {
  std::vector<std::string> codes;
  std::string told = "[";
  for (const Reason& reason : reasons) {
    codes.push_back(reason.code);
    if (told.size() > 1) told += ',';
    told += "{\"Code\":";
    write_string(reason.code, told);
    if (!reason.message.empty()) {
      told += ",\"Message\":";
      write_string(reason.message, told);
    }
    if (!reason.item.empty()) told.append(",\"Item\":").append(reason.item);
    told += '}';
  }
  told += ']';
  return {.code = "TransactionCanceledException",
          .message = fmt::format(
              "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
              fmt::join(codes, ", ")),
          .extra = {{"CancellationReasons", std::move(told)}}};
}

Error canceled_by(const Error& error, size_t at, size_t count) {
  std::vector<Reason> reasons(count);
  reasons[at] = reason_of(error);
  return canceled(reasons);
}

Async<TransactOutcome> transact(store::Transaction& tx, Bill& bill, const Parts& parts,
                                const std::vector<TransactAction>& actions, TimePoint now) {
  TRY(std::vector<Stage> steps, co_await prepare(tx, parts, actions));
  TRY_VOID(admit_all(bill, steps));
  if (const auto evaluated = evaluate_all(steps); !evaluated) {
    for (const Stage& step : steps) bill.charge(*step.table, checked(step));
    bill.keep();
    co_return std::unexpected(evaluated.error());
  }
  TransactOutcome outcome;
  for (size_t at = 0; at < steps.size(); ++at) {
    Stage& step = steps[at];
    Units units = checked(step);
    if (step.action.action.kind != ItemAction::Kind::kCheck) {
      auto written = carry_out(tx, *step.table, step.action.action, step.key, step.old, step.evaluated, now);
      if (!written) co_return canceled_by(written.error(), at, steps.size());
      units = doubled(*std::move(written));
      const auto admitted = bill.admit(*step.table, {.indexes = units.indexes});
      if (!admitted) co_return canceled_by(admitted.error(), at, steps.size());
    }
    bill.charge(*step.table, units);
    auto& use = outcome.used[step.action.name];
    use.table = step.table;
    use.units.add(units);
    const uint64_t bytes = step.evaluated.item ? size_bytes(*step.evaluated.item)
                           : step.old          ? step.old->size_bytes
                                               : 0;
    use.read_units.table += read_units(bytes, ReadKind::kTransactional);
  }
  co_return outcome;
}

Async<std::optional<TokenRecord>> find_token(store::Transaction& tx, const std::string& account,
                                             const Token& token, TimePoint now) {
  TRY(const auto bytes, co_await tx.get(token_key(account, token.text).bytes()));
  if (!bytes) co_return std::optional<TokenRecord>();
  TRY(auto record, store::decode<TokenRecord>(*bytes));
  if (epoch_ms(now) - record.created_ms > limits::kTokenMs) co_return std::optional<TokenRecord>();
  if (record.request_sha256 != token.request_sha256) {
    co_return Error{
        .code = "IdempotentParameterMismatchException",
        .message = "The request uses the same client token as a previous, but non-identical request."};
  }
  co_return std::optional<TokenRecord>(std::move(record));
}

void keep_token(store::Transaction& tx, const std::string& account, const Token& token,
                const TransactOutcome& outcome, TimePoint now) {
  TokenRecord record{.request_sha256 = token.request_sha256, .created_ms = epoch_ms(now)};
  for (const auto& [name, use] : outcome.used)
    record.read_units[name] = static_cast<int64_t>(use.read_units.table);
  tx.put(token_key(account, token.text).bytes(), store::encode(record));
}

}  // namespace hearth::services::dynamodb
