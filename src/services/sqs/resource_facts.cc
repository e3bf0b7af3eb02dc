#include "services/sqs/resource_facts.h"

#include "services/sqs/queue_ref.h"

namespace hearth::services::sqs {

SqsFacts::SqsFacts(store::Store& store) : KeptFacts(store, store::Key("sqs")) {}

Async<identity::ResourceFacts> SqsFacts::read(store::Transaction& tx, std::string resource) {
  const auto ref = QueueRef::of_arn(resource);
  if (!ref) co_return identity::ResourceFacts{};
  TRY(auto queue, co_await Tables(tx, *ref).queues.get(store::Key(ref->name)));
  if (!queue) co_return identity::ResourceFacts{};
  co_return identity::ResourceFacts{.policy = identity::policy_of(queue->policy, resource),
                                    .tags = std::move(queue->tags)};
}

}  // namespace hearth::services::sqs
