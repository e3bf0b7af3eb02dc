// The data directory as a whole: one server at a time, and only a format this program knows.
#pragma once
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hearth::store {

class DataFolder {
 public:
  // What this program writes. A newer one is refused, an older one would be converted here.
  static constexpr int kFormat = 1;

  // Makes the folder if need be, takes its lock and checks FORMAT. Codes "DataInUse", "DataTooNew", "IoError"; the
  // message says what to do.
  static Result<DataFolder> open(const std::string& path);

 private:
  explicit DataFolder(Fd lock) : lock_(std::move(lock)) {}
  Fd lock_;  // held as long as this lives
};

}  // namespace hearth::store
