// Stock: slots that were made ahead of need, by what is started in them. Claiming one takes microseconds
// where making one takes tens of milliseconds; what was claimed is replaced in the background.
//
// How many are kept follows the demand: some as soon as a runtime is used at all, twice as many each time
// that none was there, and fewer again after a while without use. None are made when the host is short of
// memory.
//
// Threads: any thread. Slots live in tasks of the server's loops and go with them; the stock outlives the
// loops' run.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "execution/slot.h"
#include "io/loops.h"

namespace hearth::execution {

class Stock {
 public:
  static constexpr size_t kSlotsMax = 64;  // by runtime

  explicit Stock(Host& host) : host_(host) {}

  // This runtime will be used.
  void expect(const Launch& launch);

  // A slot that is the claimer's now. It belongs to its loop, where take() is called, once.
  class Claim {
   public:
    io::Loop& loop() const;
    std::unique_ptr<Slot> take();

   private:
    friend class Stock;
    struct Entry;
    explicit Claim(Entry& entry) : entry_(&entry) {}
    Entry* entry_;
  };
  // One of this loop, or else of another, or nothing.
  std::optional<Claim> claim(const Launch& launch);

  // Slots that wait to be claimed.
  size_t ready() const;

 private:
  using Entry = Claim::Entry;
  struct Shelf {
    Launch launch;
    std::vector<Entry*> ready;
    size_t making = 0;
    size_t wanted = 0;
    SteadyTime used;
  };

  Shelf& shelf_of(const Launch& launch);  // under the mutex
  void refill(Shelf& shelf);
  Task<void> keep(Shelf& shelf, bool hurry);
  void put_away(Entry& entry);

  Host& host_;
  mutable std::mutex mutex_;
  std::map<std::string, Shelf> shelves_;  // by launch; none is ever removed
};

}  // namespace hearth::execution
