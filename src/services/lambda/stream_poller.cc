#include "services/lambda/stream_poller.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "delivery/target.h"
#include "services/lambda/destinations.h"
#include "services/lambda/idleness.h"
#include "services/lambda/runner.h"
#include "services/lambda/source_stream.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::seconds;
using store::Key;

// Shards come when others end, which is told; now and then they are looked for all the same.
constexpr seconds kFollowTime(10);
constexpr seconds kCheckTime(10);

}  // namespace

StreamPoller::StreamPoller(Parts& parts, const store::HeldLease& lease, delivery::StreamSource& source,
                           MappingRef ref, FunctionRef function, MappingRecord mapping)
    : parts_(parts),
      lease_(lease),
      work_{
          .ref = std::move(ref),
          .mapping = std::move(mapping),
          .function = std::move(function),
          .store = parts.store,
          .clock = parts.clock,
          .random = parts.random,
          .source = source,
          .ready = [this] { return ready(); },
          .invoke = [this](std::string request_id,
                           std::string payload) { return invoke(std::move(request_id), std::move(payload)); },
          .fence = [this](store::Transaction& tx) { tx.fence(lease_.lease()); },
          .tell = [this](store::Transaction& tx,
                         delivery::Delivery delivery) { parts_.outbox.enqueue(tx, std::move(delivery)); }} {
  for (const std::string& filter : work_.mapping.filters) {
    auto pattern = delivery::Pattern::parse(filter);
    if (pattern) work_.filters.push_back(*std::move(pattern));
  }
}

void StreamPoller::stop() {
  following_.cancel();
  for (auto& [shard, lanes] : shards_) {
    for (const auto& lane : lanes) lane->stop();
  }
}

bool StreamPoller::takes() const {
  if (following_.size() > 0) return true;
  return std::ranges::any_of(shards_, [](const auto& shard) {
    return std::ranges::any_of(shard.second, [](const auto& lane) { return lane->runs(); });
  });
}

Task<void> StreamPoller::follow() {
  for (;;) {
    const auto followed = co_await follow_shards();
    std::string trouble = followed ? "" : followed.error().message;
    if (!followed && trouble != trouble_) {
      log::warn("the shards of {} cannot be followed for {}: {}", work_.mapping.source_arn,
                work_.mapping.function_arn, trouble);
    }
    trouble_ = std::move(trouble);
    const SteadyTime again = parts_.clock.steady_now() + kFollowTime;
    co_await ended_.pop(again);
    ended_.clear();
  }
}

Async<void> StreamPoller::follow_shards() {
  const auto listed = co_await work_.source.shards(work_.mapping.source_arn);
  // A stream that is gone has taken its records along; one that is made anew begins anew.
  if (!listed && listed.error().code == delivery::kTargetMissing) {
    shards_.clear();
    TRY_VOID(co_await forget_gone({}));
  }
  if (!listed) co_return listed.error();
  TRY_VOID(co_await forget_gone(*listed));
  // Lanes that another node put an end to go on from what that has written.
  std::erase_if(shards_, [](const auto& shard) {
    return std::ranges::any_of(shard.second,
                               [](const auto& lane) { return !lane->runs() && !lane->ended(); });
  });
  std::set<std::string> unfinished;
  for (const delivery::StreamShard& shard : *listed) {
    const bool waits = std::ranges::any_of(
        shard.parents, [&](const std::string& parent) { return unfinished.contains(parent); });
    if (waits) {
      unfinished.insert(shard.id);
      continue;
    }
    auto found = shards_.find(shard.id);
    if (found == shards_.end()) {
      TRY(auto records, co_await lanes_of_shard(shard.id));
      Lanes lanes;
      for (size_t i = 0; i < records.size(); ++i) {
        lanes.push_back(std::make_unique<StreamLane>(work_, shard.id, i, std::move(records[i])));
        if (!lanes.back()->ended()) lanes.back()->start([this] { ended_.push(true); });
      }
      found = shards_.emplace(shard.id, std::move(lanes)).first;
    }
    if (!std::ranges::all_of(found->second, [](const auto& lane) { return lane->ended(); })) {
      unfinished.insert(shard.id);
    }
  }
  co_return {};
}

Async<std::vector<LaneRecord>> StreamPoller::lanes_of_shard(std::string shard) {
  auto read = [&](store::Transaction& tx) -> Async<std::vector<LaneRecord>> {
    std::vector<LaneRecord> records;
    TRY(auto entries, co_await lanes_of(tx, work_.ref.uuid).all(Key(shard)));
    for (auto& entry : entries) records.push_back(std::move(entry.record));
    co_return records;
  };
  TRY(auto records, co_await parts_.store.read(read));
  if (std::cmp_equal(records.size(), work_.mapping.lanes)) co_return records;
  if (records.empty()) {
    // It came after the mapping: all of it is new, but for what is before the time to begin at.
    const auto start = start_of(work_.mapping);
    const bool at_time = start.kind == delivery::StreamStart::Kind::kAtTime;
    TRY(std::string position, co_await work_.source.begin(work_.mapping.source_arn, shard,
                                                          at_time ? start : delivery::StreamStart{}));
    records.push_back({.position = std::move(position)});
  }
  co_return co_await divide(std::move(shard), std::move(records));
}

// Lanes of another number have other keys: all begin where the last of those before has come to.
Async<std::vector<LaneRecord>> StreamPoller::divide(std::string shard, std::vector<LaneRecord> before) {
  LaneRecord from = *std::ranges::min_element(before, {}, &LaneRecord::position);
  from.lanes = static_cast<uint64_t>(work_.mapping.lanes);
  from.ended = std::ranges::all_of(before, &LaneRecord::ended);
  if (before.size() > 1) {
    from.window_begin.reset();
    from.window_state.clear();
  }
  const std::vector<LaneRecord> records(from.lanes, from);
  auto write = [&](store::Transaction& tx) -> Async<void> {
    work_.fence(tx);
    auto lanes = lanes_of(tx, work_.ref.uuid);
    lanes.erase_under(Key(shard));
    for (size_t i = 0; i < records.size(); ++i) lanes.put(Key(shard, i), records[i]);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(write));
  co_return records;
}

Async<void> StreamPoller::forget_gone(const std::vector<delivery::StreamShard>& shards) {
  std::set<std::string> there;
  for (const delivery::StreamShard& shard : shards) there.insert(shard.id);
  std::erase_if(shards_, [&](const auto& shard) { return !there.contains(shard.first); });
  auto body = [&](store::Transaction& tx) -> Async<void> {
    auto lanes = lanes_of(tx, work_.ref.uuid);
    TRY(const auto entries, co_await lanes.all({}, store::Isolation::kSnapshot));
    for (const auto& entry : entries) {
      TRY(auto key, (store::parse_key<std::string, uint64_t>(entry.key)));
      if (there.contains(std::get<0>(key))) continue;
      work_.fence(tx);
      lanes.erase(Key::from_bytes(entry.key));
    }
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<std::string> StreamPoller::ready() {
  TRY(const TargetPtr target, co_await parts_.targets.find(work_.function));
  const VersionRecord& version = target->resolved.version;
  TRY_VOID(co_await make_invocable(parts_, work_.function, version));
  const SteadyTime now = parts_.clock.steady_now();
  if (version.role != checked_role_ || now >= checked_at_ + kCheckTime) {
    TRY_VOID(co_await work_.source.check(sender_of(work_.function, version.role), work_.mapping.source_arn));
    checked_role_ = version.role;
    checked_at_ = now;
  }
  co_return version.role;
}

Async<execution::Outcome> StreamPoller::invoke(std::string request_id, std::string payload) {
  execution::Invocation invocation{.request_id = std::move(request_id),
                                   .payload = std::move(payload),
                                   .function_arn = work_.mapping.function_arn,
                                   .queued = true};
  invocation.trace.begin(parts_.clock.now(), parts_.random);
  TRY(TargetPtr target, co_await parts_.targets.find(work_.function));
  co_return co_await run_function(parts_, work_.function, std::move(target), std::move(invocation));
}

}  // namespace hearth::services::lambda
