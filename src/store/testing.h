// For tests of what stands on the store: a data directory of its own, and running a coroutine to its end.
#pragma once
#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/check.h"
#include "io/loop.h"

namespace hearth::store::testing {

// A directory that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "hearth-store-XXXXXX").string();
    CHECK(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <typename T>
T run(io::Loop& loop, Task<T> task) {
  std::optional<T> value;
  auto body = [&]() -> Task<void> { value.emplace(co_await task); };
  loop.run_until_done(body());
  return *std::move(value);
}

}  // namespace hearth::store::testing
