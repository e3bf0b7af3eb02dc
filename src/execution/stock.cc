#include "execution/stock.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/log.h"
#include "execution/host_memory.h"
#include "io/channel.h"

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kSlotsIdle = 1;
constexpr size_t kMakingMax = 2;  // at once, by runtime; more would take the cores from the requests
// What was just claimed is about to run and needs the core first.
constexpr nanoseconds kRefillDelay = std::chrono::milliseconds(10);
constexpr nanoseconds kKeepTime = std::chrono::minutes(5);
constexpr uint64_t kMemoryFreePercentMin = 20;

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
  io::Channel<bool> taken;
};

io::Loop& Stock::Claim::loop() const {
  return entry_->loop;
}

std::unique_ptr<Slot> Stock::Claim::take() {
  std::unique_ptr<Slot> slot = std::move(entry_->slot);
  entry_->taken.push(true);
  return slot;
}

Stock::Shelf& Stock::shelf_of(const Launch& launch) {
  // What the process that is made ahead is started with.
  std::string key = fmt::format("{}", fmt::join(launch.argv, "\n"));
  for (const auto& [name, value] : launch.environment) key += '\n' + value;
  const auto [shelf, is_new] = shelves_.try_emplace(std::move(key));
  if (is_new) shelf->second.launch = launch;
  return shelf->second;
}

void Stock::expect(const Launch& launch) {
  Shelf* shelf = nullptr;
  {
    const std::lock_guard lock(mutex_);
    shelf = &shelf_of(launch);
    shelf->wanted = std::max(shelf->wanted, launch.slots_at_first);
  }
  refill(*shelf);
}

std::optional<Stock::Claim> Stock::claim(const Launch& launch) {
  Entry* chosen = nullptr;
  Shelf* shelf = nullptr;
  {
    const std::lock_guard lock(mutex_);
    shelf = &shelf_of(launch);
    shelf->used = host_.clock.steady_now();
    auto& ready = shelf->ready;
    if (ready.empty()) {
      shelf->wanted = std::clamp(2 * shelf->wanted, launch.slots_at_first, kSlotsMax);
    } else {
      auto found = std::ranges::find(ready, io::Loop::current(), [](Entry* entry) { return &entry->loop; });
      if (found == ready.end()) found = ready.begin();
      chosen = *found;
      ready.erase(found);
    }
  }
  refill(*shelf);
  if (!chosen) return std::nullopt;
  return Claim(*chosen);
}

void Stock::refill(Shelf& shelf) {
  size_t missing = 0;
  bool hurry = false;
  {
    const std::lock_guard lock(mutex_);
    const size_t coming = shelf.ready.size() + shelf.making;
    if (shelf.wanted > coming) missing = std::min(shelf.wanted - coming, kMakingMax - shelf.making);
    hurry = shelf.ready.empty();
    shelf.making += missing;
  }
  for (; missing > 0; --missing) {
    io::Loop& loop = host_.loops.next();
    loop.post([this, &loop, &shelf, hurry] { loop.visitors().spawn(keep(shelf, hurry)); });
  }
}

// Makes a slot and keeps it until it is claimed or nobody wants it.
Task<void> Stock::keep(Shelf& shelf, bool hurry) {
  if (!hurry) co_await io::sleep_for(kRefillDelay);
  // Asked here, as it takes the kernel longer than handing out a slot does.
  if (memory_free_percent() < kMemoryFreePercentMin) {
    const std::lock_guard lock(mutex_);
    --shelf.making;
    co_return;
  }
  auto made = co_await Slot::make(host_, shelf.launch, true);
  if (!made) {
    log::warn("a slot for {} could not be made ahead: {}", shelf.launch.version, made.error().message);
    const std::lock_guard lock(mutex_);
    --shelf.making;
    shelf.wanted = 0;  // until it is used again
    co_return;
  }
  Entry entry(*this, shelf, *std::move(made));
  {
    const std::lock_guard lock(mutex_);
    --shelf.making;
    shelf.ready.push_back(&entry);
  }
  refill(shelf);
  for (;;) {
    const auto taken = co_await entry.taken.pop(entry.loop.now() + kKeepTime);
    if (taken) co_return;
    const std::lock_guard lock(mutex_);
    if (entry.loop.now() - shelf.used < kKeepTime || shelf.ready.size() <= kSlotsIdle) continue;
    shelf.wanted = kSlotsIdle;
    // When it is not there, it was claimed from another loop and will be taken in a moment.
    if (std::erase(shelf.ready, &entry) > 0) co_return;
  }
}

void Stock::put_away(Entry& entry) {
  const std::lock_guard lock(mutex_);
  std::erase(entry.shelf.ready, &entry);
}

size_t Stock::ready() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& [key, shelf] : shelves_) count += shelf.ready.size();
  return count;
}

}  // namespace hearth::execution
