#include "services/signer/verifier.h"

#include "services/signer/package.h"
#include "services/signer/records.h"
#include "services/signer/signing_key.h"

namespace hearth::services::signer {
namespace {

using store::Key;

Error broken(std::string why) {
  return {.code = "BrokenSignature", .message = std::move(why)};
}

}  // namespace

Async<std::optional<Statement>> Verifier::verify(std::shared_ptr<const std::string> package) const {
  auto text = co_await parts_.pool.run([package] { return signature_of(*package); });
  if (!text || !*text) co_return std::optional<Statement>();
  const auto signature = read_signature(**text);
  if (!signature) co_return broken("the signature cannot be read");
  const Statement& statement = signature->statement;
  const auto profile = ProfileRef::of_arn(statement.profile_version_arn);
  if (!profile || profile->version.empty()) co_return broken("the signature names no profile");

  auto read = [&](store::Transaction& tx) -> Async<std::optional<VersionRecord>> {
    co_return co_await Tables(tx, *profile).versions.get(Key(profile->name, profile->version));
  };
  TRY(const auto version, co_await parts_.store.read(read));
  if (!version) co_return broken("no such profile has signed here");
  if (!is_signed(version->public_key, statement.text(), signature->bytes))
    co_return broken("the signature is not that of its profile");
  const auto contents = co_await parts_.pool.run([package] { return contents_of(*package); });
  if (!contents) co_return broken(contents.error().message);
  if (*contents != statement.contents) co_return broken("the package was changed since it was signed");
  co_return std::optional(statement);
}

Async<bool> Verifier::is_revoked(std::string profile_version_arn, std::string job_arn,
                                 TimePoint signed_at) const {
  const auto profile = ProfileRef::of_arn(profile_version_arn);
  const auto job = JobRef::of_arn(job_arn);
  if (!profile || !job) co_return true;
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const auto version, co_await Tables(tx, *profile).versions.get(Key(profile->name, profile->version)));
    TRY(const auto record, co_await Tables(tx, *job).jobs.get(Key(job->id)));
    if (!version || !record || record->revoked) co_return true;
    const auto& revoked = version->revoked;
    co_return revoked.has_value() && signed_at >= revoked->effective_from;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::signer
