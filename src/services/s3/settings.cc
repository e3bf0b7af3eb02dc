#include "services/s3/settings.h"

#include "base/json.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {
namespace {

store::Key key_of(const BucketRecord& bucket, std::string_view kind) {
  return store::Key(bucket.id, kind);
}

constexpr std::string_view kRemoved;  // a setting that was taken away, where absence means something else

}  // namespace

Async<std::optional<std::string>> read_setting(Tables& tables, const BucketRecord& bucket,
                                               std::string_view kind) {
  TRY(auto record, co_await tables.settings.get(key_of(bucket, kind)));
  if (!record) co_return std::optional<std::string>();
  co_return std::optional(std::move(record->text));
}
void write_setting(Tables& tables, const BucketRecord& bucket, std::string_view kind, std::string text) {
  tables.settings.put(key_of(bucket, kind), {.text = std::move(text)});
}
void erase_setting(Tables& tables, const BucketRecord& bucket, std::string_view kind) {
  tables.settings.erase(key_of(bucket, kind));
}

Async<PublicAccess> public_access_of(Tables& tables, const BucketRecord& bucket) {
  TRY(const auto text, co_await read_setting(tables, bucket, setting::kPublicAccess));
  if (!text) co_return PublicAccess{};
  if (text->empty()) {
    co_return PublicAccess{
        .block_acls = false, .ignore_acls = false, .block_policy = false, .restrict_buckets = false};
  }
  TRY(const auto block, parse_setting<api::s3::PublicAccessBlockConfiguration>(*text));
  co_return PublicAccess{.block_acls = block.block_public_acls.value_or(false),
                         .ignore_acls = block.ignore_public_acls.value_or(false),
                         .block_policy = block.block_public_policy.value_or(false),
                         .restrict_buckets = block.restrict_public_buckets.value_or(false)};
}

template <typename Output, typename Input, typename Run>
Async<Output> Settings::with_bucket(const wire::Call& call, const Input& input, Run& run) {
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    co_return co_await run(tables, bucket);
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Operation>
void Settings::mount_absent(wire::Router& router, std::string_view code, std::string_view message) {
  router.add(Operation::kInfo,
             [this, code, message](const wire::Call& call, wire::Message m) -> Async<wire::Message> {
               TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(m)));
               auto run = [&](Tables&, const BucketRecord& bucket) -> Async<wire::Message> {
                 co_return errors::no_setting(code, message, bucket.name);
               };
               co_return co_await with_bucket<wire::Message>(call, input, run);
             });
}

template <typename Operation, typename Output>
void Settings::mount_empty(wire::Router& router, Output output) {
  router.add(Operation::kInfo,
             [this, output](const wire::Call& call, wire::Message m) -> Async<wire::Message> {
               TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(m)));
               auto run = [&](Tables&, const BucketRecord&) -> Async<wire::Message> {
                 co_return wire::to_document(output);
               };
               co_return co_await with_bucket<wire::Message>(call, input, run);
             });
}

void Settings::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetBucketVersioning>(*this, &Settings::get_versioning);
  router.on<ops::PutBucketVersioning>(*this, &Settings::put_versioning);
  router.on<ops::GetBucketTagging>(*this, &Settings::get_tagging);
  router.on<ops::PutBucketTagging>(*this, &Settings::put_tagging);
  router.on<ops::DeleteBucketTagging>(*this, &Settings::delete_tagging);
  router.on<ops::GetPublicAccessBlock>(*this, &Settings::get_public_access);
  router.on<ops::PutPublicAccessBlock>(*this, &Settings::put_public_access);
  router.on<ops::DeletePublicAccessBlock>(*this, &Settings::delete_public_access);
  router.on<ops::GetBucketOwnershipControls>(*this, &Settings::get_ownership);
  router.on<ops::PutBucketOwnershipControls>(*this, &Settings::put_ownership);
  router.on<ops::DeleteBucketOwnershipControls>(*this, &Settings::delete_ownership);
  // What cannot be set yet is as on a bucket where nobody set it.
  mount_absent<ops::GetBucketCors>(router, "NoSuchCORSConfiguration",
                                   "The CORS configuration does not exist");
  mount_absent<ops::GetBucketWebsite>(router, "NoSuchWebsiteConfiguration",
                                      "The specified bucket does not have a website configuration");
  mount_absent<ops::GetBucketLifecycleConfiguration>(router, "NoSuchLifecycleConfiguration",
                                                     "The lifecycle configuration does not exist");
  mount_absent<ops::GetBucketReplication>(router, "ReplicationConfigurationNotFoundError",
                                          "The replication configuration was not found");
  mount_absent<ops::GetObjectLockConfiguration>(router, "ObjectLockConfigurationNotFoundError",
                                                "Object Lock configuration does not exist for this bucket");
  mount_empty<ops::GetBucketLogging>(router, api::s3::GetBucketLoggingOutput{});
  mount_empty<ops::GetBucketAccelerateConfiguration>(router,
                                                     api::s3::GetBucketAccelerateConfigurationOutput{});
  mount_empty<ops::GetBucketRequestPayment>(router,
                                            api::s3::GetBucketRequestPaymentOutput{.payer = "BucketOwner"});
}

// ----- versioning -----

Async<api::s3::GetBucketVersioningOutput> Settings::get_versioning(
    const wire::Call& call, api::s3::GetBucketVersioningRequest input) {
  using Output = api::s3::GetBucketVersioningOutput;
  auto run = [&](Tables&, const BucketRecord& bucket) -> Async<Output> {
    Output output;
    if (bucket.versioning == Versioning::kEnabled) output.status = "Enabled";
    if (bucket.versioning == Versioning::kSuspended) output.status = "Suspended";
    co_return std::move(output);
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::PutBucketVersioningOutput> Settings::put_versioning(
    const wire::Call& call, api::s3::PutBucketVersioningRequest input) {
  using Output = api::s3::PutBucketVersioningOutput;
  const auto& wanted = input.versioning_configuration;
  if (wanted.mfa_delete && *wanted.mfa_delete != "Disabled") {
    co_return errors::header_not_implemented("MfaDelete", "Nobody has MFA devices here.");
  }
  if (!wanted.status) {
    co_return Error{.code = "IllegalVersioningConfigurationException",
                    .message = "The Versioning element must be specified",
                    .status = 400};
  }
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    BucketRecord changed = bucket;
    changed.versioning = *wanted.status == "Enabled" ? Versioning::kEnabled : Versioning::kSuspended;
    tables.buckets.put(store::Key(bucket.name), changed);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

// ----- tags -----

Async<api::s3::GetBucketTaggingOutput> Settings::get_tagging(const wire::Call& call,
                                                             api::s3::GetBucketTaggingRequest input) {
  using Output = api::s3::GetBucketTaggingOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY(const auto text, co_await read_setting(tables, bucket, setting::kTagging));
    if (!text) co_return errors::no_setting("NoSuchTagSet", "The TagSet does not exist", bucket.name);
    TRY(auto tagging, parse_setting<api::s3::Tagging>(*text));
    co_return Output{.tag_set = std::move(tagging.tag_set)};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::PutBucketTaggingOutput> Settings::put_tagging(const wire::Call& call,
                                                             api::s3::PutBucketTaggingRequest input) {
  using Output = api::s3::PutBucketTaggingOutput;
  std::vector<std::pair<std::string, std::string>> tags;
  for (const auto& tag : input.tagging.tag_set) tags.emplace_back(tag.key, tag.value);
  TRY_VOID(check_tags(tags, limits::kBucketTagsMax));
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, setting::kTagging, setting_text(input.tagging));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::DeleteBucketTaggingOutput> Settings::delete_tagging(
    const wire::Call& call, api::s3::DeleteBucketTaggingRequest input) {
  using Output = api::s3::DeleteBucketTaggingOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    erase_setting(tables, bucket, setting::kTagging);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

// ----- public access -----

Async<api::s3::GetPublicAccessBlockOutput> Settings::get_public_access(
    const wire::Call& call, api::s3::GetPublicAccessBlockRequest input) {
  using Output = api::s3::GetPublicAccessBlockOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY(const auto text, co_await read_setting(tables, bucket, setting::kPublicAccess));
    if (text && *text == kRemoved) {
      co_return errors::no_setting("NoSuchPublicAccessBlockConfiguration",
                                   "The public access block configuration was not found", bucket.name);
    }
    TRY(const PublicAccess access, co_await public_access_of(tables, bucket));
    co_return Output{.public_access_block_configuration = api::s3::PublicAccessBlockConfiguration{
                         .block_public_acls = access.block_acls,
                         .ignore_public_acls = access.ignore_acls,
                         .block_public_policy = access.block_policy,
                         .restrict_public_buckets = access.restrict_buckets}};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::PutPublicAccessBlockOutput> Settings::put_public_access(
    const wire::Call& call, api::s3::PutPublicAccessBlockRequest input) {
  using Output = api::s3::PutPublicAccessBlockOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, setting::kPublicAccess,
                  setting_text(input.public_access_block_configuration));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::DeletePublicAccessBlockOutput> Settings::delete_public_access(
    const wire::Call& call, api::s3::DeletePublicAccessBlockRequest input) {
  using Output = api::s3::DeletePublicAccessBlockOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, setting::kPublicAccess, std::string(kRemoved));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

// ----- ownership -----

namespace {

constexpr std::string_view kOwnerEnforced = "BucketOwnerEnforced";

}  // namespace

Async<api::s3::GetBucketOwnershipControlsOutput> Settings::get_ownership(
    const wire::Call& call, api::s3::GetBucketOwnershipControlsRequest input) {
  using Output = api::s3::GetBucketOwnershipControlsOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY(const auto text, co_await read_setting(tables, bucket, setting::kOwnership));
    if (text && *text == kRemoved) {
      co_return errors::no_setting("OwnershipControlsNotFoundError",
                                   "The bucket ownership controls were not found", bucket.name);
    }
    api::s3::OwnershipControls controls;
    controls.rules.push_back({.object_ownership = std::string(kOwnerEnforced)});
    co_return Output{.ownership_controls = std::move(controls)};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::PutBucketOwnershipControlsOutput> Settings::put_ownership(
    const wire::Call& call, api::s3::PutBucketOwnershipControlsRequest input) {
  using Output = api::s3::PutBucketOwnershipControlsOutput;
  if (input.ownership_controls.rules.size() != 1) co_return errors::malformed_xml();
  if (input.ownership_controls.rules.front().object_ownership != kOwnerEnforced) {
    co_return errors::header_not_implemented("ObjectOwnership", "This server knows no ACLs.");
  }
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    erase_setting(tables, bucket, setting::kOwnership);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

Async<api::s3::DeleteBucketOwnershipControlsOutput> Settings::delete_ownership(
    const wire::Call& call, api::s3::DeleteBucketOwnershipControlsRequest input) {
  using Output = api::s3::DeleteBucketOwnershipControlsOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, setting::kOwnership, std::string(kRemoved));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(call, input, run);
}

}  // namespace hearth::services::s3
