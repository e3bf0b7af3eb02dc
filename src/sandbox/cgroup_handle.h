// CgroupHandle: what the server holds of a sandbox's control group: descriptors that the spawner opened, so
// that limits, freezing and accounting need neither privileges nor a round trip. An absent descriptor means
// that the host lacks that controller.
#pragma once
#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hearth::sandbox {

enum class CgroupVersion : uint8_t { kNone, kV1, kV2 };

class CgroupHandle {
 public:
  // The files that are handed over, in this order; cgroup.cc knows their names.
  enum File : uint8_t {
    kFreezer,
    kFreezerState,
    kMemoryPeak,
    kMemoryLimit,
    kSwapLimit,
    kMemoryEvents,
    kCpuLimit,
    kCpuShares,
    kFiles
  };

  CgroupHandle() = default;
  CgroupHandle(CgroupVersion version, std::vector<Fd> files) : version_(version), files_(std::move(files)) {}

  CgroupVersion version() const { return version_; }
  // For handing it over: adds the descriptors that are there, and says which by a bit each; and the way back.
  uint64_t append_files(std::vector<int>& descriptors) const;
  static CgroupHandle from_files(CgroupVersion version, uint64_t present, std::vector<Fd> descriptors);

  // Without effect where the host has no freezer. Stopping takes a moment; all_frozen() tells when it is
  // done.
  Status set_frozen(bool frozen);
  Result<bool> all_frozen() const;

  Result<uint64_t> memory_peak_bytes() const;
  Result<uint64_t> oom_kills() const;
  Status limit_memory(uint64_t bytes);
  Status limit_cpu(uint32_t millicores);
  // Gets a small share of the CPU time when others want it too, or an equal one.
  Status run_behind_others(bool behind);

 private:
  int file(File file) const { return file < files_.size() ? files_[file].get() : -1; }

  CgroupVersion version_ = CgroupVersion::kNone;
  std::vector<Fd> files_;
};

}  // namespace hearth::sandbox
