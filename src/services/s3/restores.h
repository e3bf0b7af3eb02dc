// Objects of archives, brought back for some days: RestoreObject, and what happens when the days are over.
#pragma once
#include "api/s3.h"
#include "services/s3/objects.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Restores {
 public:
  explicit Restores(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::RestoreObjectOutput> restore(const wire::Call& call, api::s3::RestoreObjectRequest input);

 private:
  Parts& parts_;
};

// A restored object whose days are over, as the store's list of them has it. `tables` and `call` outlive the
// task.
Async<void> end_restore(const Parts& parts, Tables& tables, const wire::Call& call, RestoredKey restored);

}  // namespace hearth::services::s3
