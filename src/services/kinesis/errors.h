// What Kinesis says, in one place. Codes and statuses are the model's.
#pragma once
#include <fmt/format.h>

#include "api/kinesis.h"
#include "services/kinesis/stream_ref.h"

namespace hearth::services::kinesis::errors {

using api::kinesis::errors::expired_iterator_exception;
using api::kinesis::errors::expired_next_token_exception;
using api::kinesis::errors::limit_exceeded_exception;
using api::kinesis::errors::resource_in_use_exception;
using api::kinesis::errors::resource_not_found_exception;
using api::kinesis::errors::validation_exception;

inline Error invalid(std::string message) {
  return api::kinesis::errors::invalid_argument_exception(std::move(message));
}
inline std::string place_of(const StreamRef& ref) {
  return fmt::format("stream {} under account {}", ref.name, ref.account);
}
inline Error no_stream(const StreamRef& ref) {
  return resource_not_found_exception(
      fmt::format("Stream {} under account {} not found.", ref.name, ref.account));
}
inline Error stream_exists(const StreamRef& ref) {
  return resource_in_use_exception(
      fmt::format("Stream {} under account {} already exists.", ref.name, ref.account));
}
inline Error no_shard(std::string_view shard, const StreamRef& ref) {
  return resource_not_found_exception(fmt::format("Could not find shard {} in {}.", shard, place_of(ref)));
}
inline Error no_consumer(std::string_view what, const StreamRef& ref) {
  return resource_not_found_exception(fmt::format("Consumer {}, {} not found.", what, place_of(ref)));
}
inline Error shard_closed(std::string_view shard, const StreamRef& ref) {
  return invalid(fmt::format(
      "Shard {} in {} has already been merged or split, and thus is not eligible for merging or splitting.",
      shard, place_of(ref)));
}
inline Error bad_iterator() {
  return invalid("Invalid ShardIterator.");
}
inline Error foreign_sequence(std::string_view sequence, std::string_view shard, const StreamRef& ref) {
  return invalid(
      fmt::format("StartingSequenceNumber {} used in GetShardIterator on shard {} in {} is invalid because "
                  "it did not come from "
                  "this stream.",
                  sequence, shard, place_of(ref)));
}

}  // namespace hearth::services::kinesis::errors
