// Reading a shard's records, for GetRecords and for event source mappings alike. All at the snapshot of the
// caller's transaction; what is older than the stream keeps is passed over, whether it was removed yet or
// not.
#pragma once
#include <functional>
#include <string_view>

#include "services/kinesis/sequence.h"
#include "services/kinesis/shard_map.h"

namespace hearth::services::kinesis {

struct Got {
  store::Stamp stamp;
  DataRecord record;
};

struct Reading {
  store::Stamp from;
  TimePoint horizon;  // what arrived before is gone
  size_t records_max = 0;
  size_t bytes_max = 0;
  std::function<bool(std::string_view)> wants = {};  // partition keys; empty: all
};

struct GotPage {
  std::vector<Got> records;
  store::Stamp next;  // behind all that was looked at
  bool more = false;
};

inline TimePoint horizon_of(const StreamRecord& stream, TimePoint now) {
  return now - std::chrono::hours(stream.retention_hours);
}

Async<GotPage> read_records(store::Transaction& tx, store::Key records, Reading reading);
// Behind the last record that there is.
Async<store::Stamp> latest(store::Transaction& tx, store::Key records);
// The first record that arrived then or later; behind the last one if there is none. Arrivals rise with the
// stamps but for moments.
Async<store::Stamp> first_since(store::Transaction& tx, store::Key records, TimePoint time);

}  // namespace hearth::services::kinesis
