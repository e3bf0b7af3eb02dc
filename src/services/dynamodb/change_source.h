// Streams as event source mappings read them (delivery/stream_source.h).
#pragma once
#include "delivery/rights.h"
#include "delivery/stream_source.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class ChangeSource final : public delivery::StreamSource {
 public:
  ChangeSource(const Parts& parts, const delivery::Rights& rights) : parts_(parts), rights_(rights) {}

  delivery::StreamTraits traits() const override {
    return {.batch_info = "DDBStreamBatchInfo", .in_whole_seconds = true};
  }
  Async<void> check(delivery::Sender reader, std::string arn) override;
  Async<std::vector<delivery::StreamShard>> shards(std::string arn) override;
  Async<std::string> begin(std::string arn, std::string shard, delivery::StreamStart start) override;
  Async<delivery::StreamPage> read(delivery::StreamRead read) override;
  Async<store::Watch> watch(std::string arn, std::string shard) override;

 private:
  const Parts& parts_;
  const delivery::Rights& rights_;
};

}  // namespace hearth::services::dynamodb
