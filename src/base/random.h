// Chance as an interface, so that a seed can own it. The system source is cryptographic (OpenSSL) and may be
// used for secrets.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace hearth {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;

  uint64_t next();
  // Uniform in [0, bound). REQUIRES bound > 0.
  uint64_t below(uint64_t bound);
  double unit();                   // [0, 1)
  std::string uuid();              // version 4, lower case
  std::string hex(size_t digits);  // lower-case hex digits
  std::string letters(size_t count, std::string_view alphabet);
};

Random& system_random();

}  // namespace hearth
