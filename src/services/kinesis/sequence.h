// Sequence numbers: a record's is the stamp of the commit that wrote it, so they rise in a shard as records
// become visible, and no writer waits for another. 56 digits: "49", the stamp's version (20) and order (5),
// the shard's number (29).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/tuple.h"

namespace hearth::services::kinesis {

struct Sequence {
  store::Stamp stamp;
  uint64_t shard = 0;
  bool operator==(const Sequence&) const = default;

  std::string digits() const;
  // Nothing for what no digits() gave.
  static std::optional<Sequence> parse(std::string_view digits);
};

}  // namespace hearth::services::kinesis
