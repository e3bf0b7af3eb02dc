// What was read from the store, kept in memory until something of identity's is written: everything in it was
// read at one count of changes (store::Watch::count), so a warm look-up reads no record and never sees an
// acknowledged change too late.
//
// Threads: any that runs a loop.
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/task.h"
#include "store/watch.h"

namespace hearth::identity {

template <typename Value>
class RevisionCache {
 public:
  // Shared by the requests under way and what is kept. Null stands for what does not exist.
  using Pointer = std::shared_ptr<const Value>;

  explicit RevisionCache(const store::Watch& watch) : watch_(watch) {}

  // What is kept under `name`, or else what `read` (() -> Async<Pointer>) gives.
  template <typename Read>
  Async<Pointer> find(std::string name, Read& read) {
    Shelf& shelf = shelves_[std::hash<std::string>()(name) % kShelves];
    const uint64_t changes = watch_.count();  // before the read: what changes meanwhile is read again
    {
      const std::lock_guard lock(shelf.mutex);
      if (shelf.changes == changes) {
        const auto found = shelf.values.find(name);
        if (found != shelf.values.end()) co_return found->second;
      }
    }
    TRY(Pointer value, co_await read());
    const std::lock_guard lock(shelf.mutex);
    if (shelf.changes < changes || shelf.values.size() == kValuesMax) shelf.values.clear();
    if (shelf.changes <= changes) {
      shelf.changes = changes;
      shelf.values.insert_or_assign(std::move(name), value);
    }
    co_return value;
  }

 private:
  static constexpr size_t kShelves = 16;     // some names each, so that requests rarely wait for each other
  static constexpr size_t kValuesMax = 256;  // of a shelf

  struct Shelf {
    std::mutex mutex;
    uint64_t changes = 0;
    std::unordered_map<std::string, Pointer> values;
  };

  const store::Watch& watch_;
  std::array<Shelf, kShelves> shelves_;
};

}  // namespace hearth::identity
