// Spares: which sandboxes a loop makes before they are asked for, and which of those there are. To make one
// takes the kernel 20 ms, mostly to wait until its first process is in its control groups; a spare one is
// given away in a fraction of a millisecond.
//
// A sandbox is asked for by a message. Of what was asked for there are soon a few more of just that kind,
// which nobody has used. Those of kinds that were asked for longest ago go for them, and all when nobody has
// asked for long.
//
// This only keeps account: whoever makes and ends them tells it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hearth::sandbox {

class Spares {
 public:
  static constexpr size_t kOfAKind = 4;
  static constexpr size_t kKinds = 6;
  static constexpr std::chrono::nanoseconds kKeepTime = std::chrono::minutes(10);

  // Somebody asks for one of this kind: the slot of one that is complete, which is no spare any more, or
  // none.
  std::optional<uint32_t> take(std::string_view kind, SteadyTime now);

  // The message that asked for a kind of which there are too few, or nothing.
  const std::string* missing() const;
  // One of that kind is being made, or cannot be: then there will be no more of it until somebody asks again.
  void add(std::optional<uint32_t> slot);
  // It is, and has been used by nobody; it has ended, which as a spare it does only when it could not be
  // made.
  void complete(uint32_t slot);
  void ended(uint32_t slot);

  // Those that are no spares any more and shall be ended.
  std::vector<uint32_t> surplus(SteadyTime now);
  bool empty() const { return kinds_.empty(); }

 private:
  struct Spare {
    uint32_t slot;
    bool complete = false;
  };
  struct Kind {
    std::string message;
    SteadyTime asked;
    std::vector<Spare> spares = {};  // the oldest first
    bool wanted = true;

    bool lacks() const { return wanted && spares.size() < kOfAKind; }
  };

  std::list<Kind> kinds_;  // what was asked for last is first
};

}  // namespace hearth::sandbox
