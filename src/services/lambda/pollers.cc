#include "services/lambda/pollers.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "services/lambda/mapping_progress.h"
#include "services/lambda/queue_poller.h"
#include "services/lambda/stream_poller.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::milliseconds;

const std::string kLeaseName = "lambda-mappings";
constexpr milliseconds kLeaseTime(5000);
constexpr milliseconds kRenewalTime(1500);
constexpr milliseconds kStoppingTime(50);

}  // namespace

Pollers::Pollers(Parts& parts)
    : parts_(parts), lease_(parts.store, parts.clock, kLeaseName, parts.random.uuid(), kLeaseTime) {}

Task<void> Pollers::run() {
  // What runs uses this, so it ends here at the latest.
  struct Ending {
    ~Ending() {
      pollers.running_.clear();
      pollers.retired_.clear();
    }
    Pollers& pollers;
  } const ending{*this};
  store::Watch changes = parts_.store.watch(kMappings.bytes());
  uint64_t followed = 0;
  bool current = false;
  for (;;) {
    const uint64_t count = changes.count();
    auto found = co_await read_all();
    const bool is_read = found.has_value();
    const bool any = is_read && !found->empty();
    // With nothing to poll there is nothing to hold on to.
    const auto held = any ? co_await lease_.hold() : Result<bool>(false);
    if (is_read && !any) (void)co_await release();
    if (!found || !held) {
      log::error("event source mappings cannot be read: {}",
                 found ? held.error().message : found.error().message);
    }
    if (is_read && held && !*held) running_.clear();
    current = current && !waits_ && followed == count && held && *held;
    if (found && held && *held && !current) {
      const Status done = co_await follow(*std::move(found));
      current = done.has_value();
      followed = count;
      if (!done) log::error("event source mappings cannot be followed: {}", done.error().message);
    }
    std::erase_if(retired_, [](const Retired& retired) { return retired.poller->idle(); });
    if (any || !is_read) {
      co_await changes.changed(parts_.clock.steady_now() + (waits_ ? kStoppingTime : kRenewalTime));
    } else {
      co_await changes.changed();
    }
  }
}

Async<std::vector<Pollers::Found>> Pollers::read_all() {
  auto body = [](store::Transaction& tx) -> Async<std::vector<Found>> {
    std::vector<Found> all;
    TRY(auto entries, co_await mappings(tx).all());
    for (auto& [key, record] : entries) {
      TRY(auto parts, store::parse_key<std::string, std::string, std::string>(key));
      auto& [account, region, uuid] = parts;
      all.push_back({{std::move(account), std::move(region), std::move(uuid)}, std::move(record)});
    }
    co_return all;
  };
  co_return co_await parts_.store.read(body);
}

Async<void> Pollers::follow(std::vector<Found> found) {
  std::set<std::string> there;
  for (const Found& one : found) there.insert(one.ref.uuid);
  for (auto running = running_.begin(); running != running_.end();) {
    const auto next = std::next(running);
    if (!there.contains(running->first)) retire(running);
    running = next;
  }
  waits_ = false;
  for (Found& one : found) TRY_VOID(co_await follow_one(std::move(one)));
  co_return {};
}

Async<void> Pollers::follow_one(Found found) {
  const MappingRecord& record = found.record;
  const bool wanted = record.enabled && record.state != "Deleting";
  const auto known = running_.find(found.ref.uuid);
  if (known != running_.end() && (!wanted || known->second.revision != record.revision)) retire(known);
  // Two at once would be in each other's way: what one is in the middle of the other would begin again.
  if (!running_.contains(found.ref.uuid) && stops(found.ref.uuid)) {
    waits_ = true;
    co_return {};
  }
  if (wanted && !running_.contains(found.ref.uuid)) TRY_VOID(poll(found));
  if (record.state == (wanted ? "Enabled" : "Disabled")) co_return {};
  co_return co_await settle(std::move(found));
}

Result<std::unique_ptr<Poller>> Pollers::make(const Found& found) {
  TRY_SYNC(FunctionRef function, function_of(found.ref, found.record));
  if (!found.record.of_stream()) {
    return std::make_unique<QueuePoller>(parts_, std::move(function), found.record);
  }
  delivery::StreamSource* source = parts_.streams.find(found.record.source_arn);
  if (!source) return fail("NotImplemented", "no service has such streams: " + found.record.source_arn);
  return std::make_unique<StreamPoller>(parts_, lease_, *source, found.ref, std::move(function),
                                        found.record);
}

Status Pollers::poll(const Found& found) {
  TRY_SYNC(auto poller, make(found));
  poller->start();
  running_[found.ref.uuid] = {.revision = found.record.revision, .poller = std::move(poller)};
  return {};
}

void Pollers::retire(std::map<std::string, Running>::iterator running) {
  running->second.poller->stop();
  retired_.push_back({running->first, std::move(running->second.poller)});
  running_.erase(running);
}

bool Pollers::stops(const std::string& uuid) const {
  return std::ranges::any_of(
      retired_, [&](const Retired& retired) { return retired.uuid == uuid && retired.poller->takes(); });
}

Async<void> Pollers::settle(Found found) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.fence(lease_.lease());
    TRY(auto record, co_await mappings(tx).get(found.ref.key()));
    // It was changed again: that comes next.
    if (!record || record->revision != found.record.revision) co_return {};
    if (record->state == "Deleting") {
      mappings(tx).erase(found.ref.key());
      tx.erase(mapping_of_key(found.ref, *record));
      tx.erase_range(progress_of(found.ref.uuid).under());
      co_return {};
    }
    record->state = record->enabled ? "Enabled" : "Disabled";
    mappings(tx).put(found.ref.key(), *record);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
