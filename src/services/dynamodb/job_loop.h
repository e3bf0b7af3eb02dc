// The loop that carries on jobs of one kind, which are rows (job_records.h): one step of each in turn, so
// that a large one keeps no other waiting.
//
// Threads: the loop that run() is on.
#pragma once
#include <functional>

#include "delivery/row_work.h"
#include "services/dynamodb/part_ref.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

using delivery::Progress;

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
  const Parts& parts_;
  const std::string kind_;
  const Step step_;
};

}  // namespace hearth::services::dynamodb
