// Shards: listed, split, merged.
#pragma once
#include "services/kinesis/errors.h"
#include "services/kinesis/parts.h"
#include "services/kinesis/shard_map.h"
#include "services/kinesis/tokens.h"
#include "wire/router.h"

namespace hearth::services::kinesis {

class Shards {
 public:
  Shards(const Parts& parts, const Tokens& tokens) : parts_(parts), tokens_(tokens) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::kinesis::ListShardsOutput> list(const Call& call, api::kinesis::ListShardsInput input);
  Async<api::kinesis::ops::SplitShard::Output> split(const Call& call, api::kinesis::SplitShardInput input);
  Async<api::kinesis::ops::MergeShards::Output> merge(const Call& call, api::kinesis::MergeShardsInput input);
  Async<api::kinesis::UpdateShardCountOutput> set_count(const Call& call,
                                                        api::kinesis::UpdateShardCountInput input);

 private:
  const Parts& parts_;
  const Tokens& tokens_;
};

}  // namespace hearth::services::kinesis
