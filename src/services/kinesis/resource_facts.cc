#include "services/kinesis/resource_facts.h"

#include "services/kinesis/consumers.h"

namespace hearth::services::kinesis {

using identity::ResourceFacts;

KinesisFacts::KinesisFacts(store::Store& store)
    : store_(store), watch_(store.watch(store::Key("kinesis").bytes())) {}

Async<identity::ResourceFactsPtr> KinesisFacts::facts_of(const wire::Permission& permission) {
  const std::string& resource = permission.resource;
  using Pointer = identity::ResourceFactsPtr;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    auto facts = std::make_shared<ResourceFacts>();
    if (const auto stream = StreamRef::of_arn(resource)) {
      TRY(auto record, co_await Tables(tx, *stream).streams.get(store::Key(stream->name)));
      if (record) facts->tags = std::move(record->tags);
    } else if (const auto consumer = ConsumerRef::of_arn(resource)) {
      TRY(auto record, co_await Tables(tx, consumer->stream).consumers.get(consumer->key()));
      if (record) facts->tags = std::move(record->tags);
    }
    co_return Pointer(std::move(facts));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(resource, read);
}

}  // namespace hearth::services::kinesis
