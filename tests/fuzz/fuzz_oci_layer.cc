// Promise: whatever a layer's bytes are, nothing is written outside of its directory, no more than is allowed
// inside, and what is unpacked can be laid over another and deleted.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/check.h"
#include "base/fd.h"
#include "oci/flatten.h"
#include "oci/layer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fs = std::filesystem;
  namespace oci = hearth::oci;
  if (size == 0) return 0;
  static const std::string base = [] {
    std::string name = fs::temp_directory_path() / "fuzz-layer.XXXXXX";
    CHECK(::mkdtemp(name.data()), "there is room for a folder");
    return name;
  }();
  const hearth::Fd file(::memfd_create("layer", MFD_CLOEXEC));
  (void)!::write(file.get(), data + 1, size - 1);
  ::lseek(file.get(), 0, SEEK_SET);
  fs::create_directories(base + "/layer");
  fs::create_directories(base + "/root");
  oci::UnpackBudget budget{.bytes = 1 << 20, .entries = 100};
  const auto compression = static_cast<oci::Compression>(data[0] % 3);
  // Most inputs have another digest, which is looked at last.
  const auto done = oci::unpack_layer({.descriptor = file.get(), .compression = compression},
                                      oci::Digest::of("x"), base + "/layer", budget);
  CHECK(done || !done.error().code.empty(), "an error has a code");
  size_t entries = 0;
  for (const auto& entry : fs::recursive_directory_iterator(base + "/layer")) {
    ++entries;
    CHECK(!entry.is_regular_file() || entry.is_symlink() || entry.file_size() <= 1 << 20,
          "no file is too large");
  }
  CHECK(entries <= 100, "there are no more of them than allowed");
  (void)oci::flatten({base + "/layer"}, base + "/root", {.bytes = 1 << 24, .entries = 10'000});
  (void)oci::files_in_root(base + "/root", "opt/extensions");
  CHECK(std::distance(fs::directory_iterator(base), {}) == 2, "nothing is beside them");
  std::error_code error;
  for (const char* name : {"/layer", "/root"}) {
    fs::remove_all(base + name, error);
    CHECK(!error, "all of it can be deleted");
  }
  return 0;
}
