// Event patterns: what a rule, an event source mapping's filter or a subscription's filter policy wants of a
// document. Compiled once, then matched as often as needed.
//
//   {"source": ["aws.s3"], "detail": {"object": {"size": [{"numeric": [">", 1024]}]}}}
//
// Names beside each other must all hold, one of the values of a list suffices. A list in the event stands for
// each of its items, and everything that is asked of what is below one list must hold for one item of it.
// A name with dots is the same as names within each other, in the pattern and in the event.
//
// Immutable; any thread. A match visits each part of the event a bounded number of times.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "base/result.h"
#include "delivery/pattern_values.h"

namespace hearth::delivery {

// What the users of the language differ in.
struct PatternRules {
  size_t bytes_max = 4096;
  // After `$or` has been multiplied out.
  size_t alternatives_max = 1000;
  // `anything-but` takes values and `prefix` only.
  bool narrow_anything_but = false;
};

class Pattern {
 public:
  // Code "InvalidEventPattern"; the text is the service's own, with the place where it noticed.
  static Result<Pattern> parse(std::string_view text, const PatternRules& rules = {});

  // An event that is no object matches nothing.
  bool matches(const boost::json::value& event) const;

 private:
  friend class PatternGrammar;
  friend class PatternMatch;

  // One of these suffices.
  using Tests = std::vector<ValueTest>;
  struct Leaf {
    std::vector<std::string> path;
    Tests tests;
    bool may_be_absent = false;
  };
  struct Node {
    static constexpr uint32_t kNone = UINT32_MAX;
    uint32_t leaf = kNone;  // its place in leaves_
    std::vector<std::pair<std::string, Node>> children = {};
  };

  std::vector<Leaf> leaves_;        // shared by the alternatives
  std::vector<Node> alternatives_;  // each a tree of all that must hold
  bool asks_for_absence_ = false;
};

}  // namespace hearth::delivery
