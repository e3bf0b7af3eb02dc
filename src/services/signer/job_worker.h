// Carries out signing jobs: reads the package and writes it signed, both with the rights of who asked. A job
// whose row says that it is under way is done again after a crash, and writes the same object.
//
// A job fails where S3 refuses something or the package is none; all else is tried again.
//
// Threads: the loop that run() is on.
#pragma once
#include "services/signer/parts.h"
#include "services/signer/records.h"

namespace hearth::services::signer {

class JobWorker {
 public:
  explicit JobWorker(const Parts& parts) : parts_(parts) {}
  JobWorker(const JobWorker&) = delete;

  // Until its scope ends.
  Task<void> run();

 private:
  Async<void> carry_out(JobRef ref);
  // When the signature ends.
  Async<TimePoint> sign(JobRef ref, JobRecord job);

  const Parts& parts_;
};

}  // namespace hearth::services::signer
