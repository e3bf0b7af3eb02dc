// RocksDB's outcomes in our words, and the one key that is the back end's own.
#pragma once
#include <rocksdb/status.h>

#include "base/result.h"
#include "store/free_space.h"

namespace hearth::store::rocks {

// The version of the last commit; written with every group. Above every key of the layers above.
inline constexpr std::string_view kVersionKey = "\xff/version";

// How a full disk is told where RocksDB's own status for it cannot be used (disk.cc).
inline constexpr char kNoSpaceText[] = "no space left for the log";

inline Error translate(const rocksdb::Status& status) {
  const bool full = status.IsNoSpace() || status.ToString().find(kNoSpaceText) != std::string::npos;
  if (full) return disk_full();
  if (status.IsCorruption()) return {.code = "StoreCorrupt", .message = status.ToString()};
  return {.code = "StoreIo", .message = status.ToString()};
}

}  // namespace hearth::store::rocks
