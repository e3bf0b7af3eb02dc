#include "services/lambda/stream_batch.h"

namespace hearth::services::lambda {

StreamBatch::StreamBatch(std::vector<delivery::StreamRecord> records, StreamRules rules)
    : records_(std::move(records)), rules_(rules) {
  if (!records_.empty()) pieces_.push_back({.end = records_.size()});
}

void StreamBatch::pass(size_t count) {
  begin_ += count;
  if (!pieces_.empty() && pieces_.back().end == begin_) pieces_.pop_back();
}

std::optional<StreamBatch::GivenUp> StreamBatch::give_up_old(TimePoint now) {
  if (rules_.age_seconds_max < 0) return std::nullopt;
  const TimePoint oldest = now - std::chrono::seconds(rules_.age_seconds_max);
  const Records records = piece();
  size_t count = 0;
  while (count < records.size() && records[count].arrived <= oldest) ++count;
  if (count == 0) return std::nullopt;
  const GivenUp old{
      .records = records.first(count), .condition = kAgeExceeded, .tries = pieces_.back().tries};
  pass(count);
  return old;
}

void StreamBatch::succeeded() {
  pass(piece().size());
}

// Halving, and going on behind what was handled, are no retries: each makes the piece smaller, so both end.
std::optional<StreamBatch::GivenUp> StreamBatch::failed(size_t first) {
  pass(first);
  Piece& current = pieces_.back();
  const size_t size = current.end - begin_;
  if (rules_.bisects && first > 0) return std::nullopt;
  if (rules_.bisects && size > 1) {
    const Piece half{.end = begin_ + size / 2, .tries = current.tries};
    pieces_.push_back(half);
    return std::nullopt;
  }
  ++current.tries;
  if (rules_.retries_max < 0 || current.tries <= rules_.retries_max) return std::nullopt;
  const GivenUp over{.records = piece(), .condition = kRetriesExhausted, .tries = current.tries};
  pass(size);
  return over;
}

}  // namespace hearth::services::lambda
