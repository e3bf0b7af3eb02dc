// Targets: what names of functions lead to now, for those who are about to run one. What was found is kept in
// memory until something of Lambda's is written, so that a warm invoke does not read records.
//
// Threads: any that runs a loop.
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/random.h"
#include "services/lambda/records.h"
#include "store/store.h"

namespace hearth::services::lambda {

struct Target {
  Resolved resolved;
  int claimed_in_account = 0;
};
// Shared by the invokes under way and what is kept.
using TargetPtr = std::shared_ptr<const Target>;

class Targets {
 public:
  Targets(store::Store& store, Random& random);
  Targets(const Targets&) = delete;

  // An alias with two versions picks one by chance.
  Async<TargetPtr> find(FunctionRef ref);

 private:
  static constexpr size_t kShelves = 16;
  static constexpr size_t kTargetsMax = 256;  // of a shelf

  // Of some names, so that functions rarely wait for each other. All of it was read at one count of changes.
  struct Shelf {
    std::mutex mutex;
    uint64_t changes = 0;
    std::unordered_map<std::string, TargetPtr> targets;
  };

  store::Store& store_;
  Random& random_;
  store::Watch watch_;
  std::array<Shelf, kShelves> shelves_;
};

}  // namespace hearth::services::lambda
