// What is known of who signed a package. Who looks at signatures is another service, which Lambda asks by
// CodeSignatures.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"

namespace hearth::services::lambda {

// As a record keeps it.
struct CodeSignature {
  enum class State : uint8_t {
    kUnsigned = 0,
    kWhole = 1,   // everything is as it was signed
    kBroken = 2,  // signed, and changed since; or the signature is none
  };
  State state = State::kUnsigned;
  // Of one that is whole.
  std::string profile_version_arn;
  std::string job_arn;
  TimePoint signed_at;
  TimePoint expires_at;

  bool whole() const { return state == State::kWhole; }
  // For answers, where the package is signed.
  std::optional<std::string> shown_profile_version() const {
    return whole() ? std::optional(profile_version_arn) : std::nullopt;
  }
  std::optional<std::string> shown_job() const { return whole() ? std::optional(job_arn) : std::nullopt; }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.state);
    visit(2, self.profile_version_arn);
    visit(3, self.job_arn);
    visit(4, self.signed_at);
    visit(5, self.expires_at);
  }
};

class CodeSignatures {
 public:
  virtual ~CodeSignatures() = default;
  // Of a ZIP archive, which others than the caller may still read when the task was cancelled. What is no
  // archive is unsigned.
  virtual Async<CodeSignature> of(std::shared_ptr<const std::string> package) = 0;
  // Whether a signature that is whole was taken back since.
  virtual Async<bool> is_revoked(CodeSignature signature) = 0;
};

}  // namespace hearth::services::lambda
