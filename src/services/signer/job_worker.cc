#include "services/signer/job_worker.h"

#include "base/text_member.h"
#include "delivery/row_work.h"
#include "services/signer/package.h"
#include "services/signer/platform.h"
#include "services/signer/signature.h"
#include "services/signer/signing_key.h"

namespace hearth::services::signer {
namespace {

using store::Key;

bool is_final(const Error& error) {
  return delivery::AskerClient::is_refusal(error) || error.code == "NotAnArchive" ||
         error.code == "BadEntry" || error.code == "TooLarge" || error.code == "Revoked";
}

}  // namespace

Task<void> JobWorker::run() {
  return delivery::do_rows(parts_.store, parts_.clock,
                           {.what = "a signing job",
                            .rows = kSignerWork,
                            .work = [this](std::string key, int) -> Async<delivery::Progress> {
                              TRY(auto parts,
                                  store::parse_key<std::string, std::string, std::string, std::string>(key));
                              auto& [kind, account, region, id] = parts;
                              TRY_VOID(co_await carry_out({.account = account, .region = region, .id = id}));
                              co_return delivery::Progress::kDone;
                            }});
}

Async<void> JobWorker::carry_out(JobRef ref) {
  auto read = [&](store::Transaction& tx) -> Async<std::optional<JobRecord>> {
    co_return co_await Tables(tx, ref).jobs.get(Key(ref.id));
  };
  TRY(auto job, co_await parts_.store.read(read));
  const auto expires = job ? co_await sign(ref, *job) : Result<TimePoint>();
  if (!expires && !is_final(expires.error())) co_return expires.error();
  auto end = [&](store::Transaction& tx) -> Async<void> {
    tx.erase((kSignerWork + Key(ref.account, ref.region, ref.id)).bytes());
    if (!job) co_return {};
    job->completed = parts_.clock.now();
    job->status = expires ? JobStatus::kSucceeded : JobStatus::kFailed;
    if (expires) {
      job->expires = *expires;
    } else {
      job->reason = expires.error().message;
    }
    Tables(tx, ref).jobs.put(Key(ref.id), *job);
    co_return {};
  };
  co_return co_await parts_.store.transact(end);
}

Async<TimePoint> JobWorker::sign(JobRef ref, JobRecord job) {
  const ProfileRef profile{
      .account = ref.account, .region = ref.region, .name = job.profile, .version = job.version};
  auto read = [&](store::Transaction& tx) -> Async<std::optional<VersionRecord>> {
    co_return co_await Tables(tx, ref).versions.get(Key(job.profile, job.version));
  };
  TRY(const auto version, co_await parts_.store.read(read));
  if (!version || version->revoked)
    co_return Error{.code = "Revoked", .message = "The signing profile was revoked"};
  auto key = parts_.key_seal.open(version->sealed_key, profile.version_arn());
  if (!key) co_return Error{.code = "Revoked", .message = "The key of the signing profile does not open"};

  json::object source{
      {"Bucket", job.source_bucket}, {"Key", job.source_key}, {"VersionId", job.source_version}};
  TRY(json::object answer,
      co_await parts_.client.s3(job.asker, "GetObject", std::move(source), kPackageBytesMax));
  std::string package = text_member(answer, "Body");

  const TimePoint now = from_epoch_ms(epoch_ms(parts_.clock.now()));
  Statement statement{.profile_version_arn = profile.version_arn(),
                      .job_arn = ref.arn(),
                      .signed_at = now,
                      .expires_at = end_of(job.validity, now),
                      .contents = {}};
  const TimePoint expires = statement.expires_at;
  auto work = [package = std::move(package), key = *std::move(key), statement = std::move(statement)] {
    return with_signature(package, [&](std::string contents) {
      Statement whole = statement;
      whole.contents = std::move(contents);
      return write_signature(whole, signer::sign(key, whole.text()));
    });
  };
  TRY(std::string signed_package, co_await parts_.pool.run(std::move(work)));
  json::object target{
      {"Bucket", job.target_bucket}, {"Key", job.target_key(ref.id)}, {"Body", std::move(signed_package)}};
  TRY_VOID(co_await parts_.client.s3(job.asker, "PutObject", std::move(target)));
  co_return expires;
}

}  // namespace hearth::services::signer
