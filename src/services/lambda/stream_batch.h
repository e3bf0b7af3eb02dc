// What becomes of a batch of a stream's records, whatever the function does with it: it is tried again, in
// pieces or as a whole, until each record is handled or given up. In order: no record is tried before all in
// front of it are done. Knows no time of its own and invokes nothing.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "delivery/stream_source.h"

namespace hearth::services::lambda {

struct StreamRules {
  int64_t retries_max = -1;      // none: endless
  int64_t age_seconds_max = -1;  // none: as old as the stream has them
  bool bisects = false;
};

inline constexpr std::string_view kRetriesExhausted = "RetryAttemptsExhausted";
inline constexpr std::string_view kAgeExceeded = "RecordAgeExceeded";

class StreamBatch {
 public:
  using Records = std::span<const delivery::StreamRecord>;
  // Records that are over without having been handled, and why.
  struct GivenUp {
    Records records;
    std::string_view condition;
    int64_t tries = 0;  // that ended in an error
  };

  StreamBatch(std::vector<delivery::StreamRecord> records, StreamRules rules);

  bool done() const { return pieces_.empty(); }
  // What is to be tried next. REQUIRES !done().
  Records piece() const { return all().subspan(begin_, pieces_.back().end - begin_); }
  // The last record that is over, one way or the other; null while there is none.
  const delivery::StreamRecord* last_over() const { return begin_ == 0 ? nullptr : &records_[begin_ - 1]; }

  // Takes the records in front of the piece that are too old. To be asked before each try.
  std::optional<GivenUp> give_up_old(TimePoint now);
  void succeeded();
  // The piece failed from its `first` record on; those before it are handled.
  std::optional<GivenUp> failed(size_t first = 0);

 private:
  struct Piece {
    size_t end = 0;
    int64_t tries = 0;
  };

  Records all() const { return records_; }
  // What is over begins the next piece, or ends this one.
  void pass(size_t count);

  const std::vector<delivery::StreamRecord> records_;
  const StreamRules rules_;
  size_t begin_ = 0;
  std::vector<Piece> pieces_;  // the next one last; each begins where the one above it ends
};

}  // namespace hearth::services::lambda
