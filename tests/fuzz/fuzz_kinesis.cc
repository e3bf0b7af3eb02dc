#include <cstdlib>

#include "services/kinesis/consumers.h"
#include "services/kinesis/hash_key.h"
#include "services/kinesis/shard_map.h"
#include "services/kinesis/tokens.h"

// All of it is read as each of the texts by which callers name something: what is understood is written the
// same way.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::services::kinesis;  // NOLINT: a test's
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto key = HashKey::parse(bytes); key && key->decimal() != bytes) std::abort();
  if (const auto sequence = Sequence::parse(bytes); sequence && sequence->digits() != bytes) std::abort();
  if (const auto shard = parse_shard_id(bytes); shard && shard_id(*shard) != bytes) std::abort();
  if (const auto stream = StreamRef::of_arn(bytes); stream && stream->arn() != bytes) std::abort();
  if (const auto consumer = ConsumerRef::of_arn(bytes)) {
    const auto again = ConsumerRef::of_arn(consumer->arn());
    if (!again || again->name != consumer->name || again->created_s != consumer->created_s) std::abort();
  }
  // Nobody but the server seals a token.
  static const Tokens tokens("a key");
  if (tokens.stream_of(bytes)) std::abort();
  return 0;
}
