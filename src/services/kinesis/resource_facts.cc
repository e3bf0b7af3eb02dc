#include "services/kinesis/resource_facts.h"

#include "services/kinesis/consumers.h"

namespace hearth::services::kinesis {

KinesisFacts::KinesisFacts(store::Store& store) : KeptFacts(store, store::Key("kinesis")) {}

Async<identity::ResourceFacts> KinesisFacts::read(store::Transaction& tx, std::string resource) {
  identity::ResourceFacts facts;
  if (const auto stream = StreamRef::of_arn(resource)) {
    TRY(auto record, co_await Tables(tx, *stream).streams.get(store::Key(stream->name)));
    if (record) facts.tags = std::move(record->tags);
  } else if (const auto consumer = ConsumerRef::of_arn(resource)) {
    TRY(auto record, co_await Tables(tx, consumer->stream).consumers.get(consumer->key()));
    if (record) facts.tags = std::move(record->tags);
  }
  co_return facts;
}

}  // namespace hearth::services::kinesis
