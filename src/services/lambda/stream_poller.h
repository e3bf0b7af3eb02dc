// Takes the records of a stream to a function: has lanes at work for each shard, children after their
// parents.
//
// Threads: one loop's.
#pragma once
#include <map>

#include "io/channel.h"
#include "services/lambda/parts.h"
#include "services/lambda/poller.h"
#include "services/lambda/stream_lane.h"
#include "store/held_lease.h"

namespace hearth::services::lambda {

class StreamPoller final : public Poller {
 public:
  // `lease` is what its writes are fenced with; all outlive it.
  StreamPoller(Parts& parts, const store::HeldLease& lease, delivery::StreamSource& source, MappingRef ref,
               FunctionRef function, MappingRecord mapping);

  void start() override { following_.spawn(follow()); }
  void stop() override;
  bool takes() const override;
  bool idle() const override { return !takes(); }

 private:
  // The lanes of one shard.
  using Lanes = std::vector<std::unique_ptr<StreamLane>>;

  Task<void> follow();
  Async<void> follow_shards();
  // What the store has of a shard's lanes, made where they are new or were of another number.
  Async<std::vector<LaneRecord>> lanes_of_shard(std::string shard);
  Async<std::vector<LaneRecord>> divide(std::string shard, std::vector<LaneRecord> before);
  Async<void> forget_gone(const std::vector<delivery::StreamShard>& shards);
  Async<std::string> ready();
  Async<execution::Outcome> invoke(std::string request_id, std::string payload);

  Parts& parts_;
  const store::HeldLease& lease_;
  StreamWork work_;
  std::map<std::string, Lanes> shards_;
  SteadyTime checked_at_ = {};  // that its role may read
  std::string checked_role_;
  std::string trouble_;      // that was told last
  io::Channel<bool> ended_;  // a lane came to its end
  io::TaskScope following_;
};

}  // namespace hearth::services::lambda
