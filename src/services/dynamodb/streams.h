// DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords.
#pragma once
#include "api/dynamodbstreams.h"
#include "services/dynamodb/parts.h"
#include "services/dynamodb/shard_iterators.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Streams final : public wire::ResourceResolver {
 public:
  Streams(const Parts& parts, std::string_view server_key) : parts_(parts), iterators_(server_key) {}
  void mount(wire::Router& router);

  // The stream of an iterator.
  Async<std::string> resolve(const wire::Call& call, std::string resource) override;

  Async<api::dynamodbstreams::ListStreamsOutput> list(const wire::Call& call,
                                                      api::dynamodbstreams::ListStreamsInput input);
  Async<api::dynamodbstreams::DescribeStreamOutput> describe(const wire::Call& call,
                                                             api::dynamodbstreams::DescribeStreamInput input);
  Async<api::dynamodbstreams::GetShardIteratorOutput> iterator(
      const wire::Call& call, api::dynamodbstreams::GetShardIteratorInput input);
  Async<api::dynamodbstreams::GetRecordsOutput> records(const wire::Call& call,
                                                        api::dynamodbstreams::GetRecordsInput input);

 private:
  const Parts& parts_;
  ShardIterators iterators_;
};

}  // namespace hearth::services::dynamodb
