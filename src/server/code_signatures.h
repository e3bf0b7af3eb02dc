// Signatures of packages as functions see them: what joins the services of Lambda and Signer, which do not
// know each other.
#pragma once
#include "services/lambda/code_signature.h"
#include "services/signer/signer.h"

namespace hearth::server {

class CodeSignatures final : public services::lambda::CodeSignatures {
 public:
  // `signer` outlives it, and need not be made yet.
  explicit CodeSignatures(const services::signer::Signer& signer) : signer_(signer) {}

  Async<services::lambda::CodeSignature> of(std::shared_ptr<const std::string> package) override;
  Async<bool> is_revoked(services::lambda::CodeSignature signature) override;

 private:
  const services::signer::Signer& signer_;
};

}  // namespace hearth::server
