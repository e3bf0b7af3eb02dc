// What the parts of the SQS service share.
#pragma once
#include <atomic>

#include "base/clock.h"
#include "base/random.h"
#include "store/store.h"
#include "wire/auth.h"

namespace hearth::services::sqs {

// Moments that rise: no two messages of this node come at the same one. Any thread.
class Moments {
 public:
  explicit Moments(const Clock& clock) : clock_(clock) {}
  int64_t next_us() {
    const int64_t now = clock_.now().time_since_epoch().count();
    int64_t last = last_.load(std::memory_order_relaxed);
    while (!last_.compare_exchange_weak(last, std::max(last + 1, now), std::memory_order_relaxed)) continue;
    return std::max(last + 1, now);
  }

 private:
  const Clock& clock_;
  std::atomic<int64_t> last_ = 0;
};

struct Parts {
  store::Store& store;
  wire::Authorizer& authorizer;
  const Clock& clock;
  Random& random;
  Moments& moments;
  // How long after its deletion a queue's name is not given again.
  std::chrono::seconds before_recreation;
};

inline int64_t now_us(const Clock& clock) {
  return clock.now().time_since_epoch().count();
}
inline constexpr int64_t kSecondUs = 1'000'000;

}  // namespace hearth::services::sqs
