// What callers hand back: shard iterators, and tokens of pages. Sealed with the server's key; nothing is
// stored for them, and they tell of which stream they are before anything is read.
#pragma once
#include <string>

#include "services/kinesis/sequence.h"
#include "services/kinesis/stream_ref.h"

namespace hearth::services::kinesis {

struct Iterator {
  StreamRef stream;
  uint64_t id = 0;  // StreamRecord::id
  uint64_t shard = 0;
  store::Stamp from = {};  // of the first record that is not behind it
  int64_t made_ms = 0;
};

// The next page of a stream's shards.
struct ShardPage {
  StreamRef stream;
  uint64_t id = 0;
  uint64_t next = 0;  // shard
  int64_t made_ms = 0;
  std::string filter = {};
};

class Tokens {
 public:
  explicit Tokens(std::string_view server_key);

  std::string seal(const Iterator& iterator) const;
  std::string seal(const ShardPage& page) const;
  // Nothing for what this server did not seal as such.
  std::optional<Iterator> open_iterator(std::string_view text) const;
  std::optional<ShardPage> open_page(std::string_view text) const;
  // Of either kind.
  std::optional<StreamRef> stream_of(std::string_view text) const;

 private:
  std::string seal(const store::Key& key) const;
  std::optional<std::string> open(std::string_view text) const;

  std::string key_;
};

}  // namespace hearth::services::kinesis
