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
  // Until its scope ends.
  Task<void> run();
  // Looks through all repositories once, for images whose time has come or for leftovers. What fails in one
  // is logged.
  enum class Kind : uint8_t { kImages, kLeftovers };
  Async<void> look(Kind kind);

 private:
  Async<void> look_at(Kind kind, RepositoryRef ref, RepositoryRecord record);
  // False when there is more to do.
  Async<bool> expire(RepositoryRef ref, TimePoint now);
  Async<void> drop_leftovers(RepositoryRef ref, uint64_t repository);

  const Parts& parts_;
};

}  // namespace hearth::services::ecr
