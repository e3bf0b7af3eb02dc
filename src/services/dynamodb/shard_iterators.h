// Shard iterators: a place in a stream and when it was asked for, sealed with the server's key; nothing is
// stored for them.
#pragma once
#include <optional>
#include <string>

#include "services/dynamodb/stream_ref.h"
#include "store/tuple.h"

namespace hearth::services::dynamodb {

struct ShardIterator {
  StreamRef stream;
  store::Stamp from;
  int64_t made_ms = 0;
};

class ShardIterators {
 public:
  explicit ShardIterators(std::string_view server_key);

  std::string seal(const ShardIterator& iterator) const;
  // Nothing for what this server did not seal.
  std::optional<ShardIterator> open(std::string_view text) const;

 private:
  std::string key_;
};

}  // namespace hearth::services::dynamodb
