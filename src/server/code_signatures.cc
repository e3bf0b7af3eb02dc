#include "server/code_signatures.h"

#include "base/log.h"

namespace hearth::server {

using services::lambda::CodeSignature;

Async<CodeSignature> CodeSignatures::of(std::shared_ptr<const std::string> package) {
  auto statement = co_await signer_.verifier().verify(std::move(package));
  if (!statement && statement.error().code == "BrokenSignature") {
    log::info("a package has a signature that does not hold: {}", statement.error().message);
    co_return CodeSignature{.state = CodeSignature::State::kBroken};
  }
  TRY_VOID(statement);
  if (!*statement) co_return CodeSignature{};
  co_return CodeSignature{.state = CodeSignature::State::kWhole,
                          .profile_version_arn = std::move((*statement)->profile_version_arn),
                          .job_arn = std::move((*statement)->job_arn),
                          .signed_at = (*statement)->signed_at,
                          .expires_at = (*statement)->expires_at};
}

Async<bool> CodeSignatures::is_revoked(CodeSignature signature) {
  co_return co_await signer_.verifier().is_revoked(std::move(signature.profile_version_arn),
                                                   std::move(signature.job_arn), signature.signed_at);
}

}  // namespace hearth::server
