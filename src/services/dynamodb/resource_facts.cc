#include "services/dynamodb/resource_facts.h"

#include "base/log.h"
#include "services/dynamodb/condition_keys.h"
#include "services/dynamodb/records.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

using identity::ResourceFacts;

namespace {

// The table of arn:aws:dynamodb:region:account:table/name[/index/…], which is what its indexes go by, too.
std::optional<TableRef> table_of(std::string_view arn) {
  TableRef ref;
  std::string ignored;
  for (std::string* part : {&ignored, &ignored, &ignored, &ref.region, &ref.account}) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    *part = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  constexpr std::string_view kTable = "table/";
  if (!arn.starts_with(kTable)) return {};
  arn.remove_prefix(kTable.size());
  ref.name = arn.substr(0, arn.find('/'));
  return ref;
}

// Of the table, or of its index that an ARN names.
KeySchema keys_of(const TableRecord& table, std::string_view arn) {
  constexpr std::string_view kIndex = "/index/";
  const size_t at = arn.find(kIndex);
  if (at == std::string_view::npos) return table.keys;
  const std::string_view name = arn.substr(at + kIndex.size());
  for (const IndexRecord& index : table.indexes) {
    if (index.name == name) return index.keys;
  }
  return {};
}

}  // namespace

TableFacts::TableFacts(store::Store& store)
    : store_(store), watch_(store.watch(store::Key("dynamodb").bytes())) {}

Async<identity::ResourceFactsPtr> TableFacts::facts_of(const wire::Permission& permission) {
  const std::string& resource = permission.resource;
  using Pointer = identity::ResourceFactsPtr;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    auto facts = std::make_shared<ResourceFacts>();
    const auto ref = table_of(resource);
    if (!ref) co_return Pointer(std::move(facts));
    TRY(const auto bytes, co_await tx.get(ref->key().bytes()));
    if (!bytes) co_return Pointer(std::move(facts));
    TRY(auto table, store::decode<TableRecord>(*bytes));
    facts->tags = std::move(table.tags);
    if (table.policy.empty()) co_return Pointer(std::move(facts));
    auto policy = identity::Policy::parse(table.policy, identity::PolicyKind::kResource);
    if (policy) {
      facts->policy = std::make_shared<const identity::Policy>(*std::move(policy));
    } else {
      log::error("the policy of {} cannot be read and allows nothing: {}", resource, policy.error().message);
    }
    co_return Pointer(std::move(facts));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(resource, read);
}

Async<void> TableFacts::add_dear_values(wire::Permission& permission) {
  const auto ref = permission.input ? table_of(permission.resource) : std::nullopt;
  if (!ref) co_return {};
  auto body = [&](store::Transaction& tx) -> Async<KeySchema> {
    TRY(const auto bytes, co_await tx.get(ref->key().bytes()));
    if (!bytes) co_return KeySchema();
    TRY(const auto table, store::decode<TableRecord>(*bytes));
    co_return keys_of(table, permission.resource);
  };
  TRY(const KeySchema keys, co_await store_.read(body));
  add_item_keys(*permission.input, keys, permission);
  co_return {};
}

}  // namespace hearth::services::dynamodb
