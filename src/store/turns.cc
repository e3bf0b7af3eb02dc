#include "store/turns.h"

#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "io/future.h"
#include "io/loop.h"

namespace hearth::store {

// Under each name that somebody has the turn at: who waits behind.
struct Turns::Places {
  std::atomic<size_t> count = 0;
  std::mutex mutex;
  std::unordered_map<std::string, std::deque<io::Promise<Turn>>> waiting;
};

Turns::Turns() : places_(std::make_shared<Places>()) {}

bool Turns::any_taken() const {
  return places_->count.load(std::memory_order_relaxed) > 0;
}

bool Turns::is_taken(const std::string& name) const {
  const std::lock_guard lock(places_->mutex);
  return places_->waiting.contains(name);
}

Task<Turns::Turn> Turns::take(std::string name, SteadyTime deadline) const {
  io::Future<Turn> future;
  {
    const std::lock_guard lock(places_->mutex);
    const auto [place, first] = places_->waiting.try_emplace(name);
    if (first) {
      ++places_->count;
      co_return Turn(places_, std::move(name));
    }
    place->second.push_back(future.promise());
  }
  io::Timer timer;
  timer.arm(io::Loop::here(), deadline, [promise = future.promise()] { promise.set(Turn()); });
  co_return co_await future;
}

// Who was cancelled or waited too long does not take it: the turn given to it goes, and with that comes here.
void Turns::Turn::pass_on() {
  const std::shared_ptr<Places> places = std::exchange(places_, nullptr);
  if (!places) return;
  std::unique_lock lock(places->mutex);
  const auto place = places->waiting.find(name_);
  if (place->second.empty()) {
    places->waiting.erase(place);
    --places->count;
    return;
  }
  const io::Promise<Turn> next = std::move(place->second.front());
  place->second.pop_front();
  lock.unlock();
  next.set(Turn(places, name_));
}

}  // namespace hearth::store
