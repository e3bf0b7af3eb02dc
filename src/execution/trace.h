// The X-Ray trace that an invoke belongs to, as the header X-Amzn-Trace-Id carries it:
// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=...", in any order,
// with fields of others passed on. A field that is not well formed counts as absent.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace hearth::execution {

struct Trace {
  std::string root;    // "1-<8 hex, epoch seconds>-<24 hex>"; empty: none yet
  std::string parent;  // 16 hex: the segment that what happens next is part of; may be empty
  std::optional<bool> sampled = {};
  std::string lineage = {};  // of the functions that it came through
  std::string others = {};   // ";Self=..."
  // `parent` is a segment of the function's own, which its log names.
  bool recorded = false;

  static Trace parse(std::string_view header);
  std::string header() const;  // what is there of it

  // Makes the root where the caller brought none.
  void begin(TimePoint now, Random& random);
};

// Decides what is traced of one function. Active: a segment for each invoke that the caller sampled, and for
// those without a decision the first of a second and 5 % of the rest, as the service does. PassThrough: the
// caller's trace is handed on, and nothing is sampled that was not already. Any thread.
class Tracer {
 public:
  explicit Tracer(bool active) : active_(active) {}

  // Afterwards the trace has root, parent and a decision.
  void join(Trace& trace, TimePoint now, Random& random);

 private:
  bool take_sample(TimePoint now, Random& random);

  const bool active_;
  std::mutex mutex_;
  int64_t last_second_ = -1;  // of the sample that each second gives
};

}  // namespace hearth::execution
