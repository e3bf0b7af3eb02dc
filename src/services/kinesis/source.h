// Streams as event source mappings read them (delivery/stream_source.h).
#pragma once
#include "delivery/rights.h"
#include "delivery/stream_source.h"
#include "services/kinesis/parts.h"
#include "services/kinesis/shard_map.h"

namespace hearth::services::kinesis {

class KinesisSource final : public delivery::StreamSource {
 public:
  KinesisSource(const Parts& parts, const delivery::Rights& rights) : parts_(parts), rights_(rights) {}

  delivery::StreamTraits traits() const override {
    return {.batch_info = "KinesisBatchInfo", .starts_at_time = true};
  }
  Async<void> check(delivery::Sender reader, std::string arn) override;
  Async<std::vector<delivery::StreamShard>> shards(std::string arn) override;
  Async<std::string> begin(std::string arn, std::string shard, delivery::StreamStart start) override;
  Async<delivery::StreamPage> read(delivery::StreamRead read) override;
  Async<store::Watch> watch(std::string arn, std::string shard) override;
  // The record's own members, with `data` decoded.
  json::value seen_by_filters(const delivery::StreamRecord& record) const override;

 private:
  const Parts& parts_;
  const delivery::Rights& rights_;
};

}  // namespace hearth::services::kinesis
