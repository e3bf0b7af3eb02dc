// Cyclic redundancy checks of streams: the three that object stores exchange. By carry-less multiplication
// where the processor has it, else by tables, eight bytes a step.
//
// Threads: one at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

enum class CrcKind : uint8_t {
  kCrc32,      // of zip files, IEEE 802.3
  kCrc32c,     // Castagnoli
  kCrc64Nvme,  // of the NVM Express specification
};

class Crc {
 public:
  explicit Crc(CrcKind kind);
  void update(std::string_view bytes);
  uint64_t value() const;
  std::string bytes() const { return bytes_of(kind_, value()); }

  // Big-endian, four or eight bytes.
  static std::string bytes_of(CrcKind kind, uint64_t value);
  // The check of two pieces one behind the other, from theirs.
  static uint64_t combine(CrcKind kind, uint64_t first, uint64_t second, uint64_t second_size_bytes);

 private:
  CrcKind kind_;
  uint64_t state_;
};

}  // namespace hearth
