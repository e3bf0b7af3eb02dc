// Promise: functions are strangers to each other. A package writes nothing outside its own directory.
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "services/lambda/unzip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fs = std::filesystem;
  static const std::string parent = [] {
    std::string name = fs::temp_directory_path() / "hearth-fuzz-XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  const std::string folder = parent + "/in";
  fs::create_directory(folder);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)hearth::services::lambda::unzip(bytes, folder, {.bytes_max = 1 << 20, .entries_max = 100});
  if (std::distance(fs::directory_iterator(parent), fs::directory_iterator()) != 1) std::abort();
  fs::remove_all(folder);
  return 0;
}
