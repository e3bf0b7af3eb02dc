// What a registry does by itself: expires images as lifecycle policies say, and lets go of uploads that
// nobody goes on with and of layers of which no image came.
//
// Threads: one loop.
#pragma once
#include "services/ecr/parts.h"

namespace hearth::services::ecr {

class Keeper {
 public:
  explicit Keeper(const Parts& parts) : parts_(parts) {}
  // Every few minutes, until its scope ends.
  Task<void> run();
  // Looks through all repositories once. What fails in one is logged.
  Async<void> look();

 private:
  Async<void> look_at(RepositoryRef ref);
  Async<void> expire(RepositoryRef ref);
  Async<void> drop_leftovers(RepositoryRef ref);

  const Parts& parts_;
};

}  // namespace hearth::services::ecr
