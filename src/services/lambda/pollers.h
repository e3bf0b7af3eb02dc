// Brings event source mappings to life: what the store says of them becomes pollers that run, and the states
// that callers see (Creating becomes Enabled, Deleting becomes nothing) follow what is so.
//
// Of several nodes the one with the lease polls. When it goes, another has the lease a few seconds later and
// goes on; messages that were under way come again.
//
// Threads: the loop that run() is on.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "services/lambda/mapping_record.h"
#include "services/lambda/parts.h"
#include "services/lambda/poller.h"
#include "store/held_lease.h"

namespace hearth::services::lambda {

class Pollers {
 public:
  explicit Pollers(Parts& parts);
  Pollers(const Pollers&) = delete;

  // Until its scope ends, and pollers with it.
  Task<void> run();
  // Another node need not wait for the lease to end. After run().
  Async<void> release() { return lease_.release(); }

 private:
  struct Running {
    std::string revision;
    std::unique_ptr<Poller> poller;
  };
  struct Retired {
    std::string uuid;
    std::unique_ptr<Poller> poller;
  };
  struct Found {
    MappingRef ref;
    MappingRecord record;
  };

  Async<std::vector<Found>> read_all();
  // Makes what runs the same as what is stored.
  Async<void> follow(std::vector<Found> found);
  Async<void> follow_one(Found found);
  Status poll(const Found& found);
  Result<std::unique_ptr<Poller>> make(const Found& found);
  void retire(std::map<std::string, Running>::iterator running);
  // Whether an earlier poller of a mapping still takes something.
  bool stops(const std::string& uuid) const;
  // The state that the user waits for.
  Async<void> settle(Found found);

  Parts& parts_;
  store::HeldLease lease_;                  // of the node that polls
  std::map<std::string, Running> running_;  // by UUID
  std::vector<Retired> retired_;            // with batches that are under way
  bool waits_ = false;                      // for a poller to stop, before a state can be told
};

}  // namespace hearth::services::lambda
