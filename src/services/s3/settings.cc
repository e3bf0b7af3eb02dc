#include "services/s3/settings.h"

#include "services/s3/limits.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {
namespace {

constexpr SettingForm kTagging{.kind = "tagging",
                               .member = "Tagging",
                               .absent_code = "NoSuchTagSet",
                               .absent_message = "The TagSet does not exist"};
constexpr SettingForm kPublicAccess{.kind = "public-access",
                                    .member = "PublicAccessBlockConfiguration",
                                    .absent_code = "NoSuchPublicAccessBlockConfiguration",
                                    .absent_message = "The public access block configuration was not found",
                                    .wrapped = true,
                                    .otherwise = R"({"BlockPublicAcls":true,"IgnorePublicAcls":true,)"
                                                 R"("BlockPublicPolicy":true,"RestrictPublicBuckets":true})",
                                    .stays_away = true};

constexpr std::string_view kRemoved;  // the text of a setting that was taken away and stays away

store::Key key_of(const BucketRecord& bucket, const SettingForm& form) {
  return store::Key(bucket.id, form.kind);
}

store::Key account_key(const std::string& account) {
  return store::Key(account, kPublicAccess.kind);
}

using Block = api::s3::PublicAccessBlockConfiguration;

PublicAccess access_in(const Block& block) {
  return {.block_acls = block.block_public_acls.value_or(false),
          .ignore_acls = block.ignore_public_acls.value_or(false),
          .block_policy = block.block_public_policy.value_or(false),
          .restrict_buckets = block.restrict_public_buckets.value_or(false)};
}

auto check_tagging = [](Tables&, const BucketRecord&, const auto& input) -> Async<void> {
  TRY_VOID(check_bucket_tags(input.tagging.tag_set));
  co_return {};
};

}  // namespace

Status check_bucket_tags(const std::vector<api::s3::Tag>& tags) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& tag : tags) pairs.emplace_back(tag.key, tag.value);
  return check_tags(pairs, limits::kBucketTagsMax);
}

Async<std::vector<api::s3::Tag>> bucket_tags(Tables& tables, const BucketRecord& bucket) {
  TRY(auto tagging, co_await read_setting<api::s3::Tagging>(tables, bucket, kTagging));
  if (!tagging) co_return std::vector<api::s3::Tag>();
  co_return std::move(tagging->tag_set);
}

void set_bucket_tags(Tables& tables, const BucketRecord& bucket, std::vector<api::s3::Tag> tags) {
  if (tags.empty()) return erase_setting(tables, bucket, kTagging);
  write_setting(tables, bucket, kTagging, setting_text(api::s3::Tagging{.tag_set = std::move(tags)}));
}

Async<std::optional<std::string>> read_setting_text(Tables& tables, const BucketRecord& bucket,
                                                    SettingForm form) {
  const auto otherwise = form.otherwise.empty() ? std::nullopt : std::optional(std::string(form.otherwise));
  if (form.kind.empty()) co_return otherwise;
  TRY(auto record, co_await tables.settings.get(key_of(bucket, form)));
  if (!record) co_return otherwise;
  if (record->text == kRemoved) co_return std::optional<std::string>();
  co_return std::optional(std::move(record->text));
}

void write_setting(Tables& tables, const BucketRecord& bucket, const SettingForm& form, std::string text) {
  tables.settings.put(key_of(bucket, form), {.text = std::move(text)});
}

void erase_setting(Tables& tables, const BucketRecord& bucket, const SettingForm& form) {
  if (form.stays_away) {
    tables.settings.put(key_of(bucket, form), {.text = std::string(kRemoved)});
  } else {
    tables.settings.erase(key_of(bucket, form));
  }
}

Async<PublicAccess> public_access_of(Tables& tables, const BucketRecord& bucket) {
  TRY(const auto block, co_await read_setting<Block>(tables, bucket, kPublicAccess));
  TRY(PublicAccess access, co_await public_access_of_account(tables.settings, bucket.account));
  if (!block) co_return access;
  const PublicAccess own = access_in(*block);
  access.block_acls |= own.block_acls;
  access.ignore_acls |= own.ignore_acls;
  access.block_policy |= own.block_policy;
  access.restrict_buckets |= own.restrict_buckets;
  co_return access;
}

Async<PublicAccess> public_access_of_account(SettingTable& settings, std::string account) {
  TRY(const auto text, co_await account_block_text(settings, std::move(account)));
  if (!text) co_return PublicAccess{};
  TRY(const Block block, parse_setting<Block>(*text));
  co_return access_in(block);
}

Async<std::optional<std::string>> account_block_text(SettingTable& settings, std::string account) {
  TRY(auto record, co_await settings.get(account_key(account)));
  if (!record) co_return std::optional<std::string>();
  co_return std::optional(std::move(record->text));
}

void write_account_block(SettingTable& settings, const std::string& account, std::string text) {
  settings.put(account_key(account), {.text = std::move(text)});
}

void erase_account_block(SettingTable& settings, const std::string& account) {
  settings.erase(account_key(account));
}

void Settings::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetBucketVersioning>(*this, &Settings::get_versioning);
  router.on<ops::PutBucketVersioning>(*this, &Settings::put_versioning);
  router.on<ops::GetBucketRequestPayment>(*this, &Settings::get_payment);
  router.on<ops::PutBucketRequestPayment>(*this, &Settings::put_payment);
  mount_get<ops::GetBucketTagging>(router, parts_, kTagging);
  mount_put<ops::PutBucketTagging>(router, parts_, kTagging, check_tagging);
  mount_delete<ops::DeleteBucketTagging>(router, parts_, kTagging);
  mount_get<ops::GetPublicAccessBlock>(router, parts_, kPublicAccess);
  router.on<ops::PutPublicAccessBlock>(*this, &Settings::put_public_access);
  mount_delete<ops::DeletePublicAccessBlock>(router, parts_, kPublicAccess);
}

Async<api::s3::GetBucketVersioningOutput> Settings::get_versioning(
    const wire::Call& call, api::s3::GetBucketVersioningRequest input) {
  using Output = api::s3::GetBucketVersioningOutput;
  auto run = [&](Tables&, const BucketRecord& bucket) -> Async<Output> {
    Output output;
    if (bucket.versioning == Versioning::kEnabled) output.status = "Enabled";
    if (bucket.versioning == Versioning::kSuspended) output.status = "Suspended";
    co_return std::move(output);
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
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
    if (bucket.object_lock && *wanted.status != "Enabled") {
      co_return errors::invalid_bucket_state(
          "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
          "changed.");
    }
    BucketRecord changed = bucket;
    changed.versioning = *wanted.status == "Enabled" ? Versioning::kEnabled : Versioning::kSuspended;
    tables.buckets.put(store::Key(bucket.name), changed);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::ops::PutPublicAccessBlock::Output> Settings::put_public_access(
    const wire::Call& call, api::s3::PutPublicAccessBlockRequest input) {
  using Output = api::s3::ops::PutPublicAccessBlock::Output;
  const std::string text = setting_text(completed(input.public_access_block_configuration));
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, kPublicAccess, text);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::GetBucketRequestPaymentOutput> Settings::get_payment(
    const wire::Call& call, api::s3::GetBucketRequestPaymentRequest input) {
  using Output = api::s3::GetBucketRequestPaymentOutput;
  auto run = [&](Tables&, const BucketRecord& bucket) -> Async<Output> {
    co_return Output{.payer = bucket.requester_pays ? "Requester" : "BucketOwner"};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::PutBucketRequestPaymentOutput> Settings::put_payment(
    const wire::Call& call, api::s3::PutBucketRequestPaymentRequest input) {
  using Output = api::s3::PutBucketRequestPaymentOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    BucketRecord changed = bucket;
    changed.requester_pays = input.request_payment_configuration.payer == "Requester";
    tables.buckets.put(store::Key(bucket.name), changed);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

}  // namespace hearth::services::s3
