// The embedded back end: RocksDB in one folder, for one process. One thread commits groups of transactions
// with one sync each; reads that memory can answer are answered on the spot, others on two reading threads.
//
//   TRY_SYNC(auto store, store::rocks::open({.folder = data.state_path()}));
//
// A full or failing disk fails the commits it meets, and nothing of those appears later; reads go on, and
// commits work again once the disk does. Opening reads the log of the last run, at most some 8 MiB.
#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/rocks/faults.h"
#include "store/store.h"

namespace hearth::store::rocks {

struct OpenOptions {
  std::string folder;  // made if need be; its parent is there and locked (DataFolder)
  size_t block_cache_bytes = 64 * 1024 * 1024;
  size_t row_cache_bytes = 16 * 1024 * 1024;
  size_t memtable_bytes = 8 * 1024 * 1024;
  const Clock* clock = &system_clock();
  Faults* faults = nullptr;  // tests only; outlives the store
};

// "StoreCorrupt", "StoreIo" or "StoreFull", with a message for whoever runs the server.
Result<std::unique_ptr<Store>> open(OpenOptions options);

}  // namespace hearth::store::rocks
