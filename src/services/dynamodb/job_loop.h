// The loop that carries on jobs of one kind, which are rows (job_records.h): one step of each in turn, so
// that a large one keeps no other waiting.
//
// Threads: the loop that run() is on.
#pragma once
#include <functional>

#include "services/dynamodb/part_ref.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

// Whether a job has more to do: now, or once some time has passed, or not before its row is written again.
enum class Progress : uint8_t { kMore, kLater, kNone };

class JobLoop {
 public:
  // Is given the job without the name of its table.
  using Step = std::function<Async<Progress>(PartRef)>;

  // The parts outlive it.
  JobLoop(const Parts& parts, std::string kind, Step step)
      : parts_(parts), kind_(std::move(kind)), step_(std::move(step)) {}
  JobLoop(const JobLoop&) = delete;

  // Until its scope ends. A step that fails is tried again.
  Task<void> run();

 private:
  // Until none has more to do now. Whether some have later.
  Async<bool> carry_on_all();

  const Parts& parts_;
  const std::string kind_;
  const Step step_;
};

}  // namespace hearth::services::dynamodb
