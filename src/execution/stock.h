// Stock: slots that were made ahead of need, by what is started in them. Claiming one takes microseconds
// where making one takes tens of milliseconds; what was claimed is replaced in the background, once the
// claims pause.
//
// Of a runtime with the AWS SDK there are two kinds: in one a client was made, once, as functions that take
// the SDK do; others would only carry its memory.
//
// Beside those that any function of a runtime may have there are resting ones, of one version of a
// function, in which its init has run (snapshot_making.h).
//
// How many are kept follows the demand: a few as soon as a runtime is used at all, a few more for functions
// that were just made and will have their first call, and as many as were claimed within a second; fewer
// again after minutes without such demand, and none after an hour without use. All that wait have no more
// than a share of the host's memory, where those of other runtimes give way to what is in demand now, and
// none are made when that is short. Of resting ones one is kept without use, too, until the version is
// dropped or its memory is wanted for others.
//
// Threads: any thread. Slots live in tasks of the server's loops and go with them; the stock outlives the
// loops' run.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "execution/host.h"
#include "execution/snapshot_making.h"
#include "io/loops.h"

namespace hearth::execution {

class Slot;

class Stock {
 public:
  explicit Stock(Host& host);

  // A function of this runtime was made, or found at the start.
  void expect(const Launch& launch);

  // A slot that is the claimer's now. It belongs to its loop, where take() is called, once.
  class Claim {
   public:
    io::Loop& loop() const;
    // Of a resting one: what it is bound to, which outlives it.
    std::shared_ptr<const FunctionConfig> config() const;
    std::unique_ptr<Slot> take();

   private:
    friend class Stock;
    struct Entry;
    explicit Claim(Entry& entry) : entry_(&entry) {}
    Entry* entry_;
  };
  // One of this loop, or else of another, or nothing.
  std::optional<Claim> claim(const Launch& launch) { return claim(launch, nullptr, false); }
  // One for a function that takes the AWS SDK, or nothing. `launch` offers it.
  std::optional<Claim> claim_with_sdk(const Launch& launch) { return claim(launch, nullptr, true); }
  // A resting slot, or nothing. Shared: by all that work with the configuration.
  using Config = std::shared_ptr<const FunctionConfig>;
  std::optional<Claim> claim(const Launch& launch, const Config& config) {
    return claim(launch, config, false);
  }
  // Makes a snapshot, and keeps it if it is a slot that rests, on this loop, and tells how that went.
  // `launch` rests.
  Task<SnapshotMade> initialize(Launch launch, Config config);
  // A function has gone, or a version of it, and nobody claims its resting slots any more.
  void drop(const std::string& function_arn, const std::string& version = "");

  // Whether the function whose init ended last took the SDK. `launch` offers it.
  void note_sdk(const Launch& launch, bool taken);
  bool expects_sdk() const { return sdk_taken_; }

  // Slots that wait to be claimed.
  size_t ready() const;

 private:
  using Entry = Claim::Entry;
  struct Shelf {
    Launch launch;
    Config config;  // of resting slots
    bool with_sdk = false;
    bool unfit = false;    // none can be made
    bool dropped = false;  // goes with its last task
    std::vector<Entry*> ready;
    size_t making = 0;
    size_t tasks = 0;  // that make or keep a slot of it
    size_t wanted = 0;
    uint64_t slot_bytes = 0;  // of the one made last
    SteadyTime used{};
    // What was asked for since the second began.
    SteadyTime second_began{};
    size_t asked = 0;
    SteadyTime needed{};  // when at least half of what is wanted was
  };

  // All under the mutex.
  Shelf& shelf_of(const Launch& launch, const Config& config, bool with_sdk = false);
  void note_demand(Shelf& shelf, size_t most);
  void refill(Shelf& shelf);
  bool make_room(const Shelf& shelf);
  void shrink(Shelf& shelf);
  bool leave(Entry& entry);
  void let_go_of_one(Shelf& shelf);
  void end_task(Shelf& shelf);

  std::optional<Claim> claim(const Launch& launch, const Config& config, bool with_sdk);
  Task<void> make_and_keep(Shelf& shelf);
  Task<void> keep(Shelf& shelf, std::unique_ptr<Slot> slot);
  Task<void> claims_pause();
  Task<std::unique_ptr<Slot>> make(Shelf& shelf);
  Task<Snapshot> make_snapshot(Shelf& shelf);
  void put_away(Entry& entry);

  Host& host_;
  const uint64_t bytes_max_;
  mutable std::mutex mutex_;
  std::map<std::string, Shelf> shelves_;  // by launch
  uint64_t bytes_ = 0;                    // of slots that are ready
  std::atomic<SteadyTime> claimed_{};     // last
  std::atomic<bool> sdk_taken_ = false;
};

}  // namespace hearth::execution
