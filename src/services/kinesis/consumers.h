// Registered consumers, which may subscribe to shards (subscription.h).
#pragma once
#include "services/kinesis/errors.h"
#include "services/kinesis/parts.h"
#include "wire/router.h"

namespace hearth::services::kinesis {

struct ConsumerRef {
  StreamRef stream;
  std::string name;
  int64_t created_s = 0;

  // <stream's ARN>/consumer/<name>:<seconds>; nothing when it is none.
  static std::optional<ConsumerRef> of_arn(std::string_view arn);
  std::string arn() const;
  store::Key key() const { return store::Key(stream.name, name); }
};

// "ResourceNotFoundException" when it is not there, or is another one of that name.
Async<ConsumerRecord> require_consumer(store::Transaction& tx, ConsumerRef ref);

class Consumers {
 public:
  explicit Consumers(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::kinesis::RegisterStreamConsumerOutput> add(const Call& call,
                                                        api::kinesis::RegisterStreamConsumerInput input);
  Async<api::kinesis::DescribeStreamConsumerOutput> describe(const Call& call,
                                                             api::kinesis::DescribeStreamConsumerInput input);
  Async<api::kinesis::ListStreamConsumersOutput> list(const Call& call,
                                                      api::kinesis::ListStreamConsumersInput input);
  Async<api::kinesis::ops::DeregisterStreamConsumer::Output> remove(
      const Call& call, api::kinesis::DeregisterStreamConsumerInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::kinesis
