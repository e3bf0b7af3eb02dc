// Where a record belongs: 128 bits, of which each open shard has a range. A partition key's is its MD5.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::services::kinesis {

struct HashKey {
  uint64_t high = 0;
  uint64_t low = 0;

  auto operator<=>(const HashKey&) const = default;

  static constexpr HashKey max() { return {UINT64_MAX, UINT64_MAX}; }
  static HashKey of(std::string_view partition_key);
  // A decimal number below 2^128, without leading zeros.
  static std::optional<HashKey> parse(std::string_view decimal);
  // Of the whole, the `index`th of so many equal parts begins here. REQUIRES index < count.
  static HashKey part_begin(uint64_t index, uint64_t count);

  std::string decimal() const;
  // Its neighbours, which are beyond the ends for 0 and max().
  HashKey next() const;
  HashKey previous() const;
};

}  // namespace hearth::services::kinesis
