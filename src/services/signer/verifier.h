// Who signed a package, and whether that still holds: asked by services that run packages.
//
// Threads: any that runs a loop.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "services/signer/parts.h"
#include "services/signer/signature.h"

namespace hearth::services::signer {

class Verifier {
 public:
  explicit Verifier(const Parts& parts) : parts_(parts) {}

  // Nothing for a package without a signature. "BrokenSignature" when it was changed since it was signed, or
  // was not signed by a profile of this server. `package` is shared with the pool's work, which goes on when
  // the task was cancelled.
  Async<std::optional<Statement>> verify(std::shared_ptr<const std::string> package) const;

  // Whether the signature of a job, or all that a version of a profile signed at that time, was taken back.
  // So was that of a job that nobody knows.
  Async<bool> is_revoked(std::string profile_version_arn, std::string job_arn, TimePoint signed_at) const;

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::signer
