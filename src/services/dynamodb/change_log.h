// What a stream tells, in the order of the commits: read from anywhere in it.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "services/dynamodb/records.h"
#include "store/tuple.h"

namespace hearth::services::dynamodb {

// How long a change is told.
inline constexpr std::chrono::hours kChangesKept(24);

store::Key changes_prefix(uint64_t stream_number);

// The number of a change is the stamp of its commit as 26 digits, the first of which is a one.
std::string sequence_number(store::Stamp stamp);
std::optional<store::Stamp> parse_sequence_number(std::string_view digits);

struct Change {
  store::Stamp stamp;
  ChangeRecord record;
};

struct ChangeReading {
  store::Stamp from;
  TimePoint horizon;  // what is older is told no more
  size_t records_max = 1000;
  size_t bytes_max = 1024 * 1024;
  std::function<bool(std::string_view keys)> wants = {};  // empty: all
};
struct ChangePage {
  std::vector<Change> changes;
  store::Stamp next;  // behind all that was looked at
  bool more = false;
};
Async<ChangePage> read_changes(store::Transaction& tx, uint64_t stream_number, ChangeReading reading);
// The place of the first change that was made then or later, found by halving, as times rise with the stamps.
Async<store::Stamp> first_change_since(store::Transaction& tx, uint64_t stream_number, TimePoint time);
// Behind the last change that there is.
Async<store::Stamp> latest_change(store::Transaction& tx, uint64_t stream_number);

}  // namespace hearth::services::dynamodb
