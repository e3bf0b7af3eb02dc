#include "services/lambda/resource_facts.h"

#include "services/lambda/code_signing_use.h"
#include "services/lambda/mapping_record.h"
#include "services/lambda/policy_statement.h"
#include "services/lambda/records.h"
#include "wire/resource.h"

namespace hearth::services::lambda {
namespace {

using identity::ResourceFacts;
using store::Key;

Async<void> add_function(store::Transaction& tx, FunctionRef ref, std::string resource,
                         ResourceFacts& facts) {
  Tables tables(tx, ref);
  TRY(auto function, co_await tables.functions.get(Key(ref.name)));
  if (!function) co_return {};
  facts.tags = std::move(function->tags);
  // $LATEST has the function's own.
  const std::string qualifier = ref.qualifier == kLatest ? std::string() : ref.qualifier;
  TRY(const auto policy, co_await tables.policies.get(Key(ref.name, qualifier)));
  if (policy) facts.policy = identity::policy_of(document_of(*policy), resource);
  co_return {};
}

Async<void> add_layer(store::Transaction& tx, LayerRef ref, std::string resource, ResourceFacts& facts) {
  Tables tables(tx, ref.account, ref.region);
  TRY(const auto policy, co_await tables.layer_policies.get(ref.key()));
  if (policy) facts.policy = identity::policy_of(document_of(*policy), resource);
  co_return {};
}

}  // namespace

LambdaFacts::LambdaFacts(store::Store& store) : KeptFacts(store, store::Key("lambda")) {}

// Mappings are kept elsewhere and are not watched.
Async<identity::ResourceFactsPtr> LambdaFacts::facts_of(const wire::Permission& permission) {
  const auto mapping = MappingRef::of_arn(permission.resource);
  if (!mapping) co_return co_await KeptFacts::facts_of(permission);
  auto body = [&](store::Transaction& tx) -> Async<identity::ResourceFactsPtr> {
    auto facts = std::make_shared<ResourceFacts>();
    TRY(auto record, co_await mappings(tx).get(mapping->key()));
    if (record) facts->tags = std::move(record->tags);
    co_return std::move(facts);
  };
  co_return co_await store_.read(body);
}

Async<identity::ResourceFacts> LambdaFacts::read(store::Transaction& tx, std::string resource) {
  ResourceFacts facts;
  if (is_signing_config_arn(resource)) {
    const auto ref = SigningConfigRef::of_arn(resource);
    TRY(auto config, co_await Tables(tx, ref.account, ref.region).code_signing_configs.get(Key(ref.id)));
    if (config) facts.tags = std::move(config->tags);
    co_return facts;
  }
  const bool layer = resource.find(":layer:") != std::string::npos;
  const auto named = wire::parse_function_reference(resource, layer ? "layer" : "function");
  if (!layer) {
    TRY_VOID(co_await add_function(tx, {named.account, named.region, named.name, named.qualifier}, resource,
                                   facts));
  } else if (is_number(named.qualifier)) {
    TRY_VOID(co_await add_layer(
        tx, {named.account, named.region, named.name, version_number(named.qualifier)}, resource, facts));
  }
  co_return facts;
}

}  // namespace hearth::services::lambda
