#include "base/crc.h"

#include <array>
#include <bit>

namespace hearth {
namespace {

constexpr size_t kStep = 8;  // bytes at a time
using Tables = std::array<std::array<uint64_t, 256>, kStep>;

// One kind of check, its bits reflected: the lowest bit of a value belongs to the highest power.
struct Variant {
  int bits;
  uint64_t polynomial;
  Tables tables;

  constexpr Variant(int bits_of_value, uint64_t reflected)
      : bits(bits_of_value), polynomial(reflected), tables() {
    for (uint64_t byte = 0; byte < 256; ++byte) {
      uint64_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = halved(value);
      tables[0][byte] = value;
    }
    for (size_t step = 1; step < kStep; ++step) {
      for (size_t byte = 0; byte < 256; ++byte) {
        const uint64_t before = tables[step - 1][byte];
        tables[step][byte] = (before >> 8) ^ tables[0][before & 0xff];
      }
    }
  }

  constexpr uint64_t ones() const { return ~uint64_t{0} >> (64 - bits); }
  constexpr uint64_t one() const { return uint64_t{1} << (bits - 1); }  // the polynomial 1
  // Times x.
  constexpr uint64_t halved(uint64_t value) const { return (value >> 1) ^ (value & 1 ? polynomial : 0); }
  constexpr uint64_t product(uint64_t a, uint64_t b) const {
    uint64_t result = 0;
    for (uint64_t mask = one(); mask != 0; mask >>= 1) {
      if (a & mask) result ^= b;
      b = halved(b);
    }
    return result;
  }
  // x to the power of eight times `bytes`: what a value is multiplied with when so many bytes follow.
  constexpr uint64_t shift_of(uint64_t bytes) const {
    uint64_t result = one();
    uint64_t square = one() >> 8;
    for (; bytes != 0; bytes >>= 1) {
      if (bytes & 1) result = product(square, result);
      square = product(square, square);
    }
    return result;
  }
};

constexpr int kShort = 32, kLong = 64;
constexpr Variant kCrc32(kShort, 0xedb88320);
constexpr Variant kCrc32c(kShort, 0x82f63b78);
constexpr Variant kCrc64Nvme(kLong, 0x9a6c9329ac4bc9b5);

const Variant& variant_of(CrcKind kind) {
  switch (kind) {
    case CrcKind::kCrc32:
      return kCrc32;
    case CrcKind::kCrc32c:
      return kCrc32c;
    default:
      return kCrc64Nvme;
  }
}

// REQUIRES that many bytes.
uint64_t load_little_endian(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t value = 0;
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

}  // namespace

Crc::Crc(CrcKind kind) : kind_(kind), state_(variant_of(kind).ones()) {}

void Crc::update(std::string_view bytes) {
  const Tables& tables = variant_of(kind_).tables;
  uint64_t state = state_;
  for (; bytes.size() >= kStep; bytes.remove_prefix(kStep)) {
    const uint64_t mixed = state ^ load_little_endian(bytes);
    state = 0;
    for (size_t i = 0; i < kStep; ++i) state ^= tables[kStep - 1 - i][(mixed >> (8 * i)) & 0xff];
  }
  for (const char byte : bytes) {
    state = (state >> 8) ^ tables[0][(state ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  state_ = state;
}

uint64_t Crc::value() const {
  return state_ ^ variant_of(kind_).ones();
}

std::string Crc::bytes_of(CrcKind kind, uint64_t value) {
  std::string bytes;
  for (int shift = variant_of(kind).bits - 8; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift);
  return bytes;
}

uint64_t Crc::combine(CrcKind kind, uint64_t first, uint64_t second, uint64_t second_size_bytes) {
  const Variant& variant = variant_of(kind);
  return variant.product(variant.shift_of(second_size_bytes), first) ^ second;
}

}  // namespace hearth
