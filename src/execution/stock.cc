#include "execution/stock.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/log.h"
#include "execution/host_memory.h"
#include "execution/slot.h"
#include "io/channel.h"
#include "io/turnstile.h"

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kSlotsIdle = 1;
constexpr size_t kRestingAtFirst = 1;
constexpr size_t kExpectedMax = 32;  // for functions that were just made
// What was just claimed is about to run and needs the cores first; but a steady stream of claims is served
// too.
constexpr nanoseconds kClaimsPause = std::chrono::milliseconds(10);
constexpr nanoseconds kClaimsPauseAwaited = std::chrono::milliseconds(100);
constexpr nanoseconds kDemandTime = std::chrono::seconds(1);
constexpr nanoseconds kShrinkTime = std::chrono::minutes(1);
constexpr nanoseconds kKeepTime = std::chrono::minutes(5);
constexpr nanoseconds kForgetTime = std::chrono::hours(1);
constexpr uint64_t kMemoryFreePercentMin = 20;
constexpr uint64_t kMemoryShare = 8;                 // all slots that wait have this part of the host's
constexpr uint64_t kSlotBytesUnknown = 16ull << 20;  // where nobody counts

}  // namespace

struct Stock::Claim::Entry {
  explicit Entry(Stock& owner, Shelf& place, std::unique_ptr<Slot> made)
      : stock(owner), shelf(place), slot(std::move(made)) {}
  Entry(const Entry&) = delete;
  ~Entry() { stock.put_away(*this); }

  Stock& stock;
  Shelf& shelf;
  io::Loop& loop = io::Loop::here();
  std::unique_ptr<Slot> slot;
  uint64_t bytes = shelf.slot_bytes;
  io::Channel<bool> taken;
};

Stock::Stock(Host& host) : host_(host), bytes_max_(host_memory_bytes() / kMemoryShare) {}

io::Loop& Stock::Claim::loop() const {
  return entry_->loop;
}

std::shared_ptr<const FunctionConfig> Stock::Claim::config() const {
  return entry_->shelf.config;
}

std::unique_ptr<Slot> Stock::Claim::take() {
  std::unique_ptr<Slot> slot = std::move(entry_->slot);
  entry_->taken.push(true);
  return slot;
}

Stock::Shelf& Stock::shelf_of(const Launch& launch, const Config& config, bool with_sdk) {
  // What the process that is made ahead is started with.
  std::string key = fmt::format("{}", fmt::join(launch.argv, "\n"));
  for (const auto& [name, value] : launch.environment) key += '\n' + value;
  if (with_sdk) key += "\nSDK";
  if (config) key += fmt::format("\n{}:{} {}", config->arn, config->version, config->revision);
  const SteadyTime now = host_.clock.steady_now();
  if (!shelves_.contains(key)) {
    std::erase_if(shelves_, [&](const auto& shelf) {
      return shelf.second.tasks == 0 && now - shelf.second.used >= kForgetTime;
    });
  }
  const auto [shelf, is_new] = shelves_.try_emplace(std::move(key));
  if (is_new) {
    shelf->second.launch = launch;
    shelf->second.config = config;
    shelf->second.with_sdk = with_sdk;
    if (config) shelf->second.launch.slots_at_first = kRestingAtFirst;
  }
  shelf->second.used = now;
  return shelf->second;
}

void Stock::note_demand(Shelf& shelf, size_t most) {
  if (shelf.used - shelf.second_began >= kDemandTime) {
    shelf.second_began = shelf.used;
    shelf.asked = 0;
  }
  const size_t needed = std::min(std::max(++shelf.asked, shelf.launch.slots_at_first), most);
  shelf.wanted = std::max(shelf.wanted, needed);
  if (2 * needed >= shelf.wanted) shelf.needed = shelf.used;
}

void Stock::expect(const Launch& launch) {
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelf_of(launch, nullptr);
  note_demand(shelf, std::min(kExpectedMax, host_.slots_max));
  refill(shelf);
}

void Stock::note_sdk(const Launch& launch, bool taken) {
  sdk_taken_ = taken;
  if (!taken) return;
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelf_of(launch, nullptr, true);
  if (shelf.wanted > 0) return;
  note_demand(shelf, host_.slots_max);
  refill(shelf);
}

std::optional<Stock::Claim> Stock::claim(const Launch& launch, const Config& config, bool with_sdk) {
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelf_of(launch, config, with_sdk);
  if (shelf.dropped) return std::nullopt;
  claimed_ = shelf.used;
  note_demand(shelf, host_.slots_max);
  auto& ready = shelf.ready;
  Entry* chosen = nullptr;
  if (!ready.empty()) {
    auto found = std::ranges::find(ready, io::Loop::current(), [](Entry* entry) { return &entry->loop; });
    if (found == ready.end()) found = ready.begin();
    chosen = *found;
    ready.erase(found);
    bytes_ -= chosen->bytes;
  }
  refill(shelf);
  if (!chosen) return std::nullopt;
  return Claim(*chosen);
}

void Stock::refill(Shelf& shelf) {
  // No more than are let in by Host::making.
  while (!shelf.unfit && shelf.making < host_.loops.size() &&
         shelf.ready.size() + shelf.making < shelf.wanted && make_room(shelf)) {
    ++shelf.making;
    ++shelf.tasks;
    io::Loop& loop = host_.loops.next();
    loop.post([this, &loop, &shelf] { loop.visitors().spawn(make_and_keep(shelf)); });
  }
}

// For one more, if need be at the cost of those that were needed longest ago.
bool Stock::make_room(const Shelf& shelf) {
  while (bytes_ + (shelf.making + 1) * shelf.slot_bytes > bytes_max_) {
    Shelf* victim = nullptr;
    for (auto& [key, other] : shelves_) {
      if (other.ready.size() <= (other.config ? 0 : kSlotsIdle) || other.needed >= shelf.needed) continue;
      if (victim == nullptr || other.needed < victim->needed) victim = &other;
    }
    if (victim == nullptr) return false;
    let_go_of_one(*victim);
    victim->wanted = victim->ready.size();
  }
  return true;
}

void Stock::let_go_of_one(Shelf& shelf) {
  Entry* entry = shelf.ready.back();
  shelf.ready.pop_back();
  bytes_ -= entry->bytes;
  entry->loop.post([entry] { (void)Claim(*entry).take(); });
}

void Stock::drop(const std::string& function_arn, const std::string& version) {
  const std::lock_guard lock(mutex_);
  for (auto next = shelves_.begin(); next != shelves_.end();) {
    const auto place = next++;
    Shelf& shelf = place->second;
    if (!shelf.config || shelf.config->arn != function_arn) continue;
    if (!version.empty() && shelf.config->version != version) continue;
    shelf.dropped = true;
    shelf.wanted = 0;
    while (!shelf.ready.empty()) let_go_of_one(shelf);
    if (shelf.tasks == 0) shelves_.erase(place);
  }
}

void Stock::end_task(Shelf& shelf) {
  if (--shelf.tasks > 0 || !shelf.dropped) return;
  std::erase_if(shelves_, [&](const auto& place) { return &place.second == &shelf; });
}

Task<void> Stock::claims_pause() {
  const SteadyTime began = io::Loop::here().now();
  for (SteadyTime now = began; now - claimed_.load() < kClaimsPause && now - began < kClaimsPauseAwaited;
       now = io::Loop::here().now()) {
    co_await io::sleep_for(kClaimsPause);
  }
}

// One that nobody waits for, or none.
Task<std::unique_ptr<Slot>> Stock::make(Shelf& shelf) {
  co_await claims_pause();
  if (shelf.config) {
    if (memory_free_percent() < kMemoryFreePercentMin) co_return nullptr;
    co_return (co_await make_snapshot(shelf)).slot;
  }
  const auto turn = co_await host_.making.enter(io::Turnstile::Rank::kAtLeisure);
  // Asked here, as it takes the kernel longer than handing out a slot does.
  if (memory_free_percent() < kMemoryFreePercentMin) co_return nullptr;
  const auto purpose = shelf.with_sdk ? Slot::For::kStockWithSdk : Slot::For::kStock;
  auto made = co_await Slot::make(host_, shelf.launch, purpose);
  if (made) co_return *std::move(made);
  log::warn("a slot for {} could not be made ahead: {}", shelf.launch.version, made.error().message);
  const std::lock_guard lock(mutex_);
  shelf.wanted = 0;  // until it is used again
  co_return nullptr;
}

// Takes its own turn where sandboxes are made.
Task<Snapshot> Stock::make_snapshot(Shelf& shelf) {
  Snapshot snapshot = co_await execution::make_snapshot(host_, shelf.config);
  if (snapshot.slot) co_return snapshot;
  const std::lock_guard lock(mutex_);
  shelf.wanted = 0;  // until it is used again
  shelf.unfit = snapshot.made.how == SnapshotMade::How::kUnfit;
  co_return snapshot;
}

Task<SnapshotMade> Stock::initialize(Launch launch, Config config) {
  Shelf* shelf = nullptr;
  {
    const std::lock_guard lock(mutex_);
    shelf = &shelf_of(launch, config);
    if (!shelf->ready.empty()) co_return SnapshotMade{SnapshotMade::How::kMade, "", ""};
    shelf->wanted = kRestingAtFirst;
    shelf->needed = shelf->used;
    ++shelf->making;
    ++shelf->tasks;
  }
  Snapshot snapshot = co_await make_snapshot(*shelf);
  io::Loop::here().visitors().spawn(keep(*shelf, std::move(snapshot.slot)));
  co_return snapshot.made;
}

Task<void> Stock::make_and_keep(Shelf& shelf) {
  co_await keep(shelf, co_await make(shelf));
}

// Until it is claimed or nobody wants it. Without one it could not be made.
Task<void> Stock::keep(Shelf& shelf, std::unique_ptr<Slot> slot) {
  {
    const std::lock_guard lock(mutex_);
    --shelf.making;
    if (!slot || shelf.dropped) {
      end_task(shelf);
      co_return;
    }
    shelf.slot_bytes = slot->sandbox().memory_peak_bytes().value_or(kSlotBytesUnknown);
  }
  Entry entry(*this, shelf, std::move(slot));
  {
    const std::lock_guard lock(mutex_);
    shelf.ready.push_back(&entry);
    bytes_ += entry.bytes;
    refill(shelf);
  }
  while (!co_await entry.taken.pop(entry.loop.now() + kShrinkTime)) {
    if (leave(entry)) co_return;
  }
}

// Half of them after minutes in which that would have been enough, and again.
void Stock::shrink(Shelf& shelf) {
  const SteadyTime now = host_.clock.steady_now();
  if (now - shelf.used >= kForgetTime && !shelf.config) {
    shelf.wanted = 0;
  } else if (now - shelf.used >= kKeepTime) {
    shelf.wanted = std::min(shelf.wanted, kSlotsIdle);
  } else if (now - shelf.needed >= kKeepTime) {
    shelf.wanted = std::max(shelf.wanted / 2, shelf.launch.slots_at_first);
    shelf.needed = now - kKeepTime + kShrinkTime;
  }
}

bool Stock::leave(Entry& entry) {
  const std::lock_guard lock(mutex_);
  Shelf& shelf = entry.shelf;
  shrink(shelf);
  // When it is not there, it was claimed from another loop and will be taken in a moment.
  if (shelf.ready.size() <= shelf.wanted || std::erase(shelf.ready, &entry) == 0) return false;
  bytes_ -= entry.bytes;
  return true;
}

void Stock::put_away(Entry& entry) {
  const std::lock_guard lock(mutex_);
  if (std::erase(entry.shelf.ready, &entry) > 0) bytes_ -= entry.bytes;
  end_task(entry.shelf);
}

size_t Stock::ready() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& [key, shelf] : shelves_) count += shelf.ready.size();
  return count;
}

}  // namespace hearth::execution
