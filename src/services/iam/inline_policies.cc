#include "services/iam/inline_policies.h"

#include "base/encoding.h"
#include "services/iam/documents.h"
#include "services/iam/limits.h"
#include "services/iam/paging.h"

namespace hearth::services::iam {
namespace {

size_t size_max(EntityKind kind) {
  if (kind == EntityKind::kUser) return limits::kUserPoliciesSizeMax;
  return kind == EntityKind::kGroup ? limits::kGroupPoliciesSizeMax : limits::kRolePoliciesSizeMax;
}

// All inline policies of an entity count together; `name` is the one that is written now.
Async<void> check_size(Tables& tables, Entity entity, std::string name, std::string document) {
  size_t size = identity::non_white_size(document), bytes = document.size();
  TRY(const auto others, co_await tables.inline_policies.all(Key(entity.id)));
  for (const auto& entry : others) {
    if (iequals(entry.record.name, name)) continue;
    size += identity::non_white_size(entry.record.document);
    bytes += entry.record.document.size();
  }
  const auto too_large = [&](size_t limit) {
    return errors::limit_exceeded_exception(fmt::format("Maximum policy size of {} bytes exceeded for {} {}",
                                                        limit, errors::spelled(entity.kind), entity.name));
  };
  if (size > size_max(entity.kind)) co_return too_large(size_max(entity.kind));
  if (bytes > limits::kInlineBytesMax) co_return too_large(limits::kInlineBytesMax);
  co_return {};
}

}  // namespace

void InlinePolicies::mount(wire::Router& router) {
  mount_for<OfUser>(router);
  mount_for<OfGroup>(router);
  mount_for<OfRole>(router);
}

template <typename Of>
void InlinePolicies::mount_for(wire::Router& router) {
  router.on<typename Of::PutPolicy>(*this, &InlinePolicies::put<Of>);
  router.on<typename Of::GetPolicy>(*this, &InlinePolicies::get<Of>);
  router.on<typename Of::ListPolicies>(*this, &InlinePolicies::list<Of>);
  router.on<typename Of::DeletePolicy>(*this, &InlinePolicies::remove<Of>);
}

template <typename Of>
Async<typename Of::PutPolicy::Output> InlinePolicies::put(const wire::Call& call,
                                                          typename Of::PutPolicy::Input input) {
  TRY_VOID(check_inline(input.policy_document));
  auto body = [&](store::Transaction& tx) -> Async<typename Of::PutPolicy::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_modifiable(tables, Of::kKind, Of::name(input)));
    TRY_VOID(co_await check_size(tables, entity, input.policy_name, input.policy_document));
    tables.inline_policies.put(Key(entity.id, to_lower(input.policy_name)),
                               {.name = input.policy_name, .document = input.policy_document});
    co_return typename Of::PutPolicy::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Of>
Async<typename Of::GetPolicy::Output> InlinePolicies::get(const wire::Call& call,
                                                          typename Of::GetPolicy::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::GetPolicy::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_entity(tables, Of::kKind, Of::name(input)));
    TRY(const auto policy, co_await tables.inline_policies.get(Key(entity.id, to_lower(input.policy_name))));
    if (!policy) co_return errors::inline_policy_not_found(Of::kKind, input.policy_name);
    typename Of::GetPolicy::Output out;
    Of::name(out) = entity.name;
    out.policy_name = policy->name;
    out.policy_document = percent_encode(policy->document);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

template <typename Of>
Async<typename Of::ListPolicies::Output> InlinePolicies::list(const wire::Call& call,
                                                              typename Of::ListPolicies::Input input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<typename Of::ListPolicies::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_entity(tables, Of::kKind, Of::name(input)));
    const auto show = [](auto entry) -> Async<std::optional<std::string>> {
      co_return std::move(entry.record.name);
    };
    typename Of::ListPolicies::Output out;
    TRY_VOID(co_await fill_page(tables.inline_policies, Key(entity.id), page, show, out.policy_names, out));
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

template <typename Of>
Async<typename Of::DeletePolicy::Output> InlinePolicies::remove(const wire::Call& call,
                                                                typename Of::DeletePolicy::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::DeletePolicy::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_modifiable(tables, Of::kKind, Of::name(input)));
    const Key key(entity.id, to_lower(input.policy_name));
    TRY(const bool known, co_await tables.inline_policies.contains(key));
    if (!known) co_return errors::inline_policy_not_found(Of::kKind, input.policy_name);
    tables.inline_policies.erase(key);
    co_return typename Of::DeletePolicy::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::iam
