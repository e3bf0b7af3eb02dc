#include "services/signer/jobs.h"

#include "base/digest.h"
#include "services/signer/paging.h"
#include "services/signer/platform.h"
#include "services/signer/profiles.h"
#include "wire/document.h"

namespace hearth::services::signer {
namespace {

namespace errors = api::signer::errors;
namespace ops = api::signer::ops;
using store::Key;

Error no_job(const std::string& id) {
  return errors::resource_not_found_exception("Signing job " + id + " not found");
}

const char* status_of(const JobRecord& job) {
  switch (job.status) {
    case JobStatus::kInProgress:
      return "InProgress";
    case JobStatus::kSucceeded:
      return "Succeeded";
    case JobStatus::kFailed:
      return "Failed";
  }
  return "";
}

// What all answers about a job have in common.
template <typename Out>
Out describe(const std::string& account, const std::string& id, const JobRecord& job) {
  Out out;
  out.job_id = id;
  out.source = api::signer::Source{.s3 = api::signer::S3Source{.bucket_name = job.source_bucket,
                                                               .key = job.source_key,
                                                               .version = job.source_version}};
  out.platform_id = kPlatform;
  out.platform_display_name = kPlatformName;
  out.profile_name = job.profile;
  out.profile_version = job.version;
  out.created_at = job.created;
  out.status = status_of(job);
  out.job_owner = account;
  out.job_invoker = job.asker.account;
  if (job.status == JobStatus::kSucceeded) {
    out.signature_expires_at = job.expires;
    out.signed_object = api::signer::SignedObject{
        .s3 = api::signer::S3SignedObject{.bucket_name = job.target_bucket, .key = job.target_key(id)}};
  }
  return out;
}

struct Filter {
  const api::signer::ListSigningJobsRequest& input;

  bool takes(const JobRecord& job) const {
    if (input.status && *input.status != status_of(job)) return false;
    if (input.platform_id && *input.platform_id != kPlatform) return false;
    if (input.requested_by && *input.requested_by != job.requested_by) return false;
    if (input.is_revoked && *input.is_revoked != job.revoked.has_value()) return false;
    if (input.job_invoker && *input.job_invoker != job.asker.account) return false;
    const bool is_signed = job.status == JobStatus::kSucceeded;
    const auto& before = input.signature_expires_before;
    const auto& after = input.signature_expires_after;
    return (!before || (is_signed && job.expires < *before)) &&
           (!after || (is_signed && job.expires > *after));
  }
};

std::string digest_of(const api::signer::StartSigningJobRequest& input) {
  return sha256(to_text(wire::to_document(api::signer::StartSigningJobRequest(input)).document));
}

}  // namespace

void Jobs::mount(wire::Router& router) {
  router.on<ops::StartSigningJob>(*this, &Jobs::start);
  router.on<ops::DescribeSigningJob>(*this, &Jobs::get);
  router.on<ops::ListSigningJobs>(*this, &Jobs::list);
  router.on<ops::RevokeSignature>(*this, &Jobs::revoke);
}

Async<api::signer::StartSigningJobResponse> Jobs::start(const wire::Call& call,
                                                        api::signer::StartSigningJobRequest input) {
  const auto& source = input.source.s3;
  const auto& target = input.destination.s3;
  if (!source) co_return errors::validation_exception("The source of a signing job must be an S3 object");
  if (!target || !target->bucket_name)
    co_return errors::validation_exception("The destination of a signing job must be an S3 bucket");
  JobRecord job{.profile = input.profile_name,
                .requested_by = call.identity.arn,
                .source_bucket = source->bucket_name,
                .source_key = source->key,
                .source_version = source->version,
                .target_bucket = *target->bucket_name,
                .target_prefix = target->prefix.value_or(""),
                .created = parts_.clock.now(),
                .revoked = {}};
  TRY(job.asker, parts_.client.asker_of(call));
  ProfileRef ref = ProfileRef::of(call, input.profile_name);
  if (input.profile_owner) ref.account = *input.profile_owner;
  const std::string id = parts_.random.uuid();
  const TokenRecord token{.job = id, .request_sha256 = digest_of(input)};
  auto body = [&](store::Transaction& tx) -> Async<api::signer::StartSigningJobResponse> {
    Tables mine(tx, call.account, call.region);
    TRY(const auto before, co_await mine.tokens.get(Key(input.client_request_token)));
    if (before) {
      if (before->request_sha256 != token.request_sha256)
        co_return errors::validation_exception("The client request token was used for another signing job");
      co_return api::signer::StartSigningJobResponse{.job_id = before->job, .job_owner = ref.account};
    }
    TRY(const Profile profile, co_await require_profile(tx, ref));
    if (profile.status() != std::string_view("Active"))
      co_return errors::validation_exception("Signing profile " + job.profile + " is not active");
    JobRecord begun = job;
    begun.version = profile.ref.version;
    begun.validity = profile.record.validity;
    Tables(tx, ref).jobs.put(Key(id), begun);
    if (ref.account != call.account) mine.asked.put(Key(id), {.owner = ref.account});
    mine.tokens.put(Key(input.client_request_token), token);
    tx.put((kSignerWork + Key(ref.account, ref.region, id)).bytes(), "");
    co_return api::signer::StartSigningJobResponse{.job_id = id, .job_owner = ref.account};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::signer::DescribeSigningJobResponse> Jobs::get(const wire::Call& call,
                                                         api::signer::DescribeSigningJobRequest input) {
  std::string owner = call.account;
  auto body = [&](store::Transaction& tx) -> Async<std::optional<JobRecord>> {
    TRY(const auto asked, co_await Tables(tx, call.account, call.region).asked.get(Key(input.job_id)));
    owner = asked ? asked->owner : call.account;
    co_return co_await Tables(tx, owner, call.region).jobs.get(Key(input.job_id));
  };
  TRY(const auto job, co_await parts_.store.read(body));
  if (!job) co_return no_job(input.job_id);
  auto out = describe<api::signer::DescribeSigningJobResponse>(owner, input.job_id, *job);
  out.requested_by = job->requested_by;
  if (job->status != JobStatus::kInProgress) out.completed_at = job->completed;
  if (!job->reason.empty()) out.status_reason = job->reason;
  if (job->revoked) {
    out.revocation_record = api::signer::SigningJobRevocationRecord{
        .reason = job->revoked->reason, .revoked_at = job->revoked->at, .revoked_by = job->revoked->by};
  }
  co_return out;
}

Async<api::signer::ListSigningJobsResponse> Jobs::list(const wire::Call& call,
                                                       api::signer::ListSigningJobsRequest input) {
  TRY(const PageRequest page, PageRequest::parse(input.next_token, input.max_results));
  const Filter filter{input};
  auto body = [&](store::Transaction& tx) -> Async<api::signer::ListSigningJobsResponse> {
    api::signer::ListSigningJobsResponse out;
    out.jobs.emplace();
    TRY(auto listing, co_await Tables(tx, call.account, call.region)
                          .jobs.list({.after = page.after, .rows_max = page.size}));
    for (const auto& entry : listing.entries) {
      if (!filter.takes(entry.record)) continue;
      TRY(auto key, store::parse_key<std::string>(entry.key));
      out.jobs->push_back(describe<api::signer::SigningJob>(call.account, std::get<0>(key), entry.record));
      out.jobs->back().is_revoked = entry.record.revoked.has_value();
    }
    out.next_token = PageRequest::token(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::RevokeSignature::Output> Jobs::revoke(const wire::Call& call,
                                                 api::signer::RevokeSignatureRequest input) {
  const JobRef ref{
      .account = input.job_owner.value_or(call.account), .region = call.region, .id = input.job_id};
  auto body = [&](store::Transaction& tx) -> Async<ops::RevokeSignature::Output> {
    Tables tables(tx, ref);
    TRY(auto job, co_await tables.jobs.get(Key(ref.id)));
    if (!job) co_return no_job(ref.id);
    if (job->status != JobStatus::kSucceeded)
      co_return errors::validation_exception("Signing job " + ref.id + " has no signature to revoke");
    if (!job->revoked) {
      job->revoked = Revocation{
          .at = parts_.clock.now(), .by = call.identity.arn, .reason = input.reason, .effective_from = {}};
      tables.jobs.put(Key(ref.id), *job);
    }
    co_return ops::RevokeSignature::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::signer
