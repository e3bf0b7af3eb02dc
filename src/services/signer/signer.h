// The Signer service, put together.
#pragma once
#include "io/task_scope.h"
#include "services/signer/job_worker.h"
#include "services/signer/jobs.h"
#include "services/signer/permissions.h"
#include "services/signer/platform.h"
#include "services/signer/profiles.h"
#include "services/signer/tags.h"
#include "services/signer/verifier.h"

namespace hearth::services::signer {

class Signer {
 public:
  explicit Signer(Parts parts) : parts_(std::move(parts)) {}
  Signer(const Signer&) = delete;

  void mount(wire::Router& router) {
    platforms_.mount(router);
    profiles_.mount(router);
    permissions_.mount(router);
    tags_.mount(router);
    jobs_.mount(router);
  }
  // Background work, in a scope that ends before this.
  void start(io::TaskScope& scope) { scope.spawn(worker_.run()); }

  const Verifier& verifier() const { return verifier_; }

 private:
  Parts parts_;
  Platforms platforms_;
  Profiles profiles_{parts_};
  Permissions permissions_{parts_};
  ProfileTags tags_{parts_};
  Jobs jobs_{parts_};
  JobWorker worker_{parts_};
  Verifier verifier_{parts_};
};

}  // namespace hearth::services::signer
