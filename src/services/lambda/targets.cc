#include "services/lambda/targets.h"

#include "services/lambda/claims.h"

namespace hearth::services::lambda {

Targets::Targets(store::Store& store, Random& random)
    : store_(store), random_(random), watch_(store.watch(store::Key("lambda").bytes())) {}

Async<TargetPtr> Targets::find(FunctionRef ref) {
  const std::string name = ref.arn_of(ref.qualifier);
  Shelf& shelf = shelves_[std::hash<std::string>()(name) % kShelves];
  const uint64_t changes = watch_.count();
  {
    const std::lock_guard lock(shelf.mutex);
    if (shelf.changes == changes) {
      const auto found = shelf.targets.find(name);
      if (found != shelf.targets.end()) co_return found->second;
    }
  }
  const double chance = random_.unit();
  auto body = [&](store::Transaction& tx) -> Async<TargetPtr> {
    auto target = std::make_shared<Target>();
    TRY(target->resolved, co_await resolve_to_run(tx, ref, chance));
    TRY(target->claimed_in_account, co_await claimed_sum(tx, ref.account, ref.region));
    co_return TargetPtr(std::move(target));
  };
  TRY(TargetPtr target, co_await store_.read(body));
  if (target->resolved.by_chance) co_return target;
  const std::lock_guard lock(shelf.mutex);
  if (shelf.changes < changes || shelf.targets.size() == kTargetsMax) shelf.targets.clear();
  if (shelf.changes <= changes) {
    shelf.changes = changes;
    shelf.targets.insert_or_assign(name, target);
  }
  co_return target;
}

}  // namespace hearth::services::lambda
