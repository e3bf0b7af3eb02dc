#include "services/sqs/resource_facts.h"

#include "base/log.h"
#include "services/sqs/queue_ref.h"

namespace hearth::services::sqs {

using identity::ResourceFacts;

SqsFacts::SqsFacts(store::Store& store) : store_(store), watch_(store.watch(store::Key("sqs").bytes())) {}

Async<identity::ResourceFactsPtr> SqsFacts::facts_of(const wire::Permission& permission) {
  const std::string& resource = permission.resource;
  using Pointer = identity::ResourceFactsPtr;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    auto facts = std::make_shared<ResourceFacts>();
    const auto ref = QueueRef::of_arn(resource);
    if (!ref) co_return Pointer(std::move(facts));
    TRY(auto queue, co_await Tables(tx, *ref).queues.get(store::Key(ref->name)));
    if (!queue) co_return Pointer(std::move(facts));
    facts->tags = std::move(queue->tags);
    if (queue->policy.empty()) co_return Pointer(std::move(facts));
    auto policy = identity::Policy::parse(queue->policy, identity::PolicyKind::kResource);
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

}  // namespace hearth::services::sqs
