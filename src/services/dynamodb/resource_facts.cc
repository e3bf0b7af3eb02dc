#include "services/dynamodb/resource_facts.h"

#include "services/dynamodb/condition_keys.h"
#include "services/dynamodb/records.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

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

TableFacts::TableFacts(store::Store& store) : KeptFacts(store, store::Key("dynamodb")) {}

Async<identity::ResourceFacts> TableFacts::read(store::Transaction& tx, std::string resource) {
  const auto ref = table_of(resource);
  if (!ref) co_return identity::ResourceFacts{};
  TRY(const auto bytes, co_await tx.get(ref->key().bytes()));
  if (!bytes) co_return identity::ResourceFacts{};
  TRY(auto table, store::decode<TableRecord>(*bytes));
  co_return identity::ResourceFacts{.policy = identity::policy_of(table.policy, resource),
                                    .tags = std::move(table.tags)};
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
