#include "sandbox/cgroup_handle.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "sandbox/failure.h"

namespace hearth::sandbox {

namespace {

constexpr uint64_t kCpuPeriodUs = 100'000;
constexpr uint64_t kCpuQuotaUsMin = 1000;  // the kernel takes no less

Status put(int file, std::string_view text, std::string_view step) {
  if (file < 0) return failed(std::string(step) + ": this host has no such cgroup controller");
  if (::pwrite(file, text.data(), text.size(), 0) < 0) return failed_step(std::string(step));
  return {};
}

Result<std::string> get(int file, std::string_view step) {
  if (file < 0) return failed(std::string(step) + ": this host has no such cgroup controller");
  std::array<char, 512> buffer;
  const ssize_t size = ::pread(file, buffer.data(), buffer.size(), 0);
  if (size < 0) return failed_step(std::string(step));
  return std::string(buffer.data(), static_cast<size_t>(size));
}

uint64_t to_number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The value behind "key " at the start of a line.
uint64_t field(std::string_view text, std::string_view key) {
  for (size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; at += key.size()) {
    if ((at == 0 || text[at - 1] == '\n') && text.substr(at + key.size()).starts_with(' ')) {
      return to_number(text.substr(at + key.size() + 1));
    }
  }
  return 0;
}

}  // namespace

uint64_t CgroupHandle::append_files(std::vector<int>& descriptors) const {
  uint64_t present = 0;
  for (size_t index = 0; index < files_.size(); ++index) {
    if (!files_[index]) continue;
    present |= uint64_t{1} << index;
    descriptors.push_back(files_[index].get());
  }
  return present;
}

CgroupHandle CgroupHandle::from_files(CgroupVersion version, uint64_t present, std::vector<Fd> descriptors) {
  std::vector<Fd> files(kFiles);
  size_t next = 0;
  for (size_t index = 0; index < kFiles && next < descriptors.size(); ++index) {
    if ((present >> index & 1) != 0) files[index] = std::move(descriptors[next++]);
  }
  return {version, std::move(files)};
}

Status CgroupHandle::set_frozen(bool frozen) {
  if (file(kFreezer) < 0) return {};
  const bool v2 = version_ == CgroupVersion::kV2;
  const std::string_view text = v2 ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : "THAWED");
  return put(file(kFreezer), text, frozen ? "freeze" : "thaw");
}

Result<bool> CgroupHandle::all_frozen() const {
  if (file(kFreezer) < 0) return true;
  TRY_SYNC(const std::string state, get(file(kFreezerState), "freeze"));
  return version_ == CgroupVersion::kV2 ? field(state, "frozen") == 1 : state.starts_with("FROZEN");
}

Result<uint64_t> CgroupHandle::memory_peak_bytes() const {
  TRY_SYNC(const std::string text, get(file(kMemoryPeak), "read the memory peak"));
  return to_number(text);
}

Result<uint64_t> CgroupHandle::oom_kills() const {
  TRY_SYNC(const std::string text, get(file(kMemoryEvents), "read the memory events"));
  return field(text, "oom_kill");
}

Status CgroupHandle::limit_memory(uint64_t bytes) {
  const std::string text = std::to_string(bytes);
  if (version_ == CgroupVersion::kV2) {
    if (file(kSwapLimit) >= 0) TRY_SYNC_VOID(put(file(kSwapLimit), "0", "forbid swap"));
    return put(file(kMemoryLimit), text, "limit memory");
  }
  // v1 wants memory <= memory + swap at every moment: which comes first depends on the direction. The second
  // limit is absent where the kernel does not count swap.
  auto limited = put(file(kMemoryLimit), text, "limit memory");
  if (file(kSwapLimit) >= 0) TRY_SYNC_VOID(put(file(kSwapLimit), text, "limit memory and swap"));
  return limited ? limited : put(file(kMemoryLimit), text, "limit memory");
}

Status CgroupHandle::limit_cpu(uint32_t millicores) {
  const uint64_t quota_us = std::max<uint64_t>(uint64_t{millicores} * kCpuPeriodUs / 1000, kCpuQuotaUsMin);
  if (version_ == CgroupVersion::kV2) {
    const std::string quota = millicores == 0 ? "max" : std::to_string(quota_us);
    return put(file(kCpuLimit), quota + " " + std::to_string(kCpuPeriodUs), "limit CPU");
  }
  return put(file(kCpuLimit), millicores == 0 ? "-1" : std::to_string(quota_us), "limit CPU");
}

Status CgroupHandle::run_behind_others(bool behind) {
  // A sixteenth of the usual share of each version.
  const bool v2 = version_ == CgroupVersion::kV2;
  const std::string_view share = v2 ? (behind ? "6" : "100") : (behind ? "64" : "1024");
  return put(file(kCpuShares), share, "set the share of CPU time");
}

}  // namespace hearth::sandbox
