#include "base/crc.h"

#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hearth {
namespace {

constexpr size_t kStep = 8;  // bytes at a time
using Tables = std::array<std::array<uint64_t, 256>, kStep>;

constexpr size_t kLaneBytes = 16, kLanes = 4, kFoldBytes = kLanes * kLaneBytes;

// What the two halves of a lane are multiplied with to move it so many bytes on. Products of values with
// reflected bits come out one power too high, so the factors are one too low.
struct Shift {
  uint64_t first, second;
};

// One kind of check, its bits reflected: the lowest bit of a value belongs to the highest power.
struct Variant {
  int bits;
  uint64_t polynomial;
  Tables tables;
  Shift by_lane, by_lanes;

  constexpr Variant(int bits_of_value, uint64_t reflected)
      : bits(bits_of_value),
        polynomial(reflected),
        tables(),
        by_lane(shift(kLaneBytes)),
        by_lanes(shift(kFoldBytes)) {
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
  // x to that power, as the upper bits of 64.
  constexpr uint64_t power(size_t exponent) const {
    uint64_t value = one();
    for (size_t i = 0; i < exponent; ++i) value = halved(value);
    return value << (64 - bits);
  }
  constexpr Shift shift(size_t bytes) const { return {power(8 * bytes + 63), power(8 * bytes - 1)}; }
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

uint64_t by_tables(const Tables& tables, uint64_t state, std::string_view bytes) {
  for (; bytes.size() >= kStep; bytes.remove_prefix(kStep)) {
    const uint64_t mixed = state ^ load_little_endian(bytes);
    state = 0;
    for (size_t i = 0; i < kStep; ++i) state ^= tables[kStep - 1 - i][(mixed >> (8 * i)) & 0xff];
  }
  for (const char byte : bytes) {
    state = (state >> 8) ^ tables[0][(state ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  return state;
}

#if defined(__x86_64__)

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

[[gnu::target("pclmul,sse4.1")]] __m128i moved(__m128i lane, __m128i shift) {
  return _mm_xor_si128(_mm_clmulepi64_si128(lane, shift, 0x00), _mm_clmulepi64_si128(lane, shift, 0x11));
}

[[gnu::target("pclmul,sse4.1")]] __m128i as_lane(const Shift& shift) {
  return _mm_set_epi64x(static_cast<int64_t>(shift.second), static_cast<int64_t>(shift.first));
}

// Four lanes at a time are moved onto the next four, by carry-less multiplication; what is left in the end
// has the same remainder as all of it (Gopal and others, "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ Instruction", 2009). REQUIRES a multiple of kFoldBytes, not 0.
[[gnu::target("pclmul,sse4.1")]] uint64_t by_folding(const Variant& variant, uint64_t state,
                                                     std::string_view bytes) {
  std::array<__m128i, kLanes> lanes;
  const auto* next = reinterpret_cast<const __m128i*>(bytes.data());
  const auto* end = next + bytes.size() / kLaneBytes;
  for (__m128i& lane : lanes) lane = _mm_loadu_si128(next++);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<int64_t>(state)));
  const __m128i by_lanes = as_lane(variant.by_lanes), by_lane = as_lane(variant.by_lane);
  while (next != end) {
    for (__m128i& lane : lanes) lane = _mm_xor_si128(moved(lane, by_lanes), _mm_loadu_si128(next++));
  }
  __m128i rest = lanes[0];
  for (size_t i = 1; i < kLanes; ++i) rest = _mm_xor_si128(moved(rest, by_lane), lanes[i]);
  std::array<char, kLaneBytes> left;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(left.data()), rest);
  return by_tables(variant.tables, 0, {left.data(), left.size()});
}

#else

bool can_fold() {
  return false;
}
uint64_t by_folding(const Variant&, uint64_t state, std::string_view) {
  return state;
}

#endif

}  // namespace

Crc::Crc(CrcKind kind) : kind_(kind), state_(variant_of(kind).ones()) {}

void Crc::update(std::string_view bytes) {
  const Variant& variant = variant_of(kind_);
  if (bytes.size() >= kFoldBytes && can_fold()) {
    const size_t folded = bytes.size() - bytes.size() % kFoldBytes;
    state_ = by_folding(variant, state_, bytes.substr(0, folded));
    bytes.remove_prefix(folded);
  }
  state_ = by_tables(variant.tables, state_, bytes);
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
