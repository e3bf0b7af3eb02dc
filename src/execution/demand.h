// Demand: what all pools of a function know of its invokes together. It outlives the pools, which come and go
// with the function's environments and revisions.
#pragma once
#include <atomic>
#include <cstdint>

#include "execution/arrivals.h"
#include "execution/token_bucket.h"

namespace hearth::execution {

struct Demand {
  TokenBucket growth;  // how fast environments may be added
  Arrivals arrivals;
  // How many environments at once a pool had that has none any more: what the next one will soon need.
  std::atomic<size_t> usual = 0;
  // Whether its inits take the AWS SDK that is loaded ahead.
  enum class Sdk : uint8_t { kUnknown, kTaken, kNot };
  std::atomic<Sdk> sdk = Sdk::kUnknown;

  bool forgotten(SteadyTime now) const { return growth.full(now) && arrivals.forgotten(now); }
};

}  // namespace hearth::execution
