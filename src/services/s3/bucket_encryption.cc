#include "services/s3/bucket_encryption.h"

#include <algorithm>

#include "services/s3/errors.h"
#include "services/s3/objects.h"
#include "services/s3/settings.h"
#include "services/s3/versions.h"

namespace hearth::services::s3 {
namespace {

using Configuration = api::s3::ServerSideEncryptionConfiguration;

constexpr std::string_view kUsual =
    R"({"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false}]})";
constexpr std::string_view kCustomerKeys = "SSE-C";

SettingForm form_of(bool always) {
  return {.kind = "encryption",
          .member = "ServerSideEncryptionConfiguration",
          .absent_code = "ServerSideEncryptionConfigurationNotFoundError",
          .absent_message = "The server side encryption configuration was not found",
          .wrapped = true,
          .otherwise = always ? kUsual : std::string_view()};
}

std::optional<EncryptionKind> kind_of(std::string_view algorithm) {
  for (const auto kind : {EncryptionKind::kS3, EncryptionKind::kKms, EncryptionKind::kKmsDual}) {
    if (algorithm == name_of(kind)) return kind;
  }
  return std::nullopt;
}

Status check(const Configuration& wanted) {
  if (wanted.rules.size() != 1) return fail(errors::malformed_xml());
  const auto& rule = wanted.rules.front();
  const auto& by_default = rule.apply_server_side_encryption_by_default;
  if (!by_default) return rule.blocked_encryption_types ? Status() : fail(errors::malformed_xml());
  const auto kind = kind_of(by_default->sse_algorithm);
  if (!kind) return fail(errors::malformed_xml());
  if (by_default->kms_master_key_id && *kind == EncryptionKind::kS3) {
    return fail(errors::invalid_argument(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        "ApplyServerSideEncryptionByDefault", ""));
  }
  return {};
}

Error not_updated(std::string_view why) {
  return errors::invalid_request(std::string(why));
}

}  // namespace

Async<BucketEncryption> encryption_of(Tables& tables, const BucketRecord& bucket, bool always) {
  TRY(const auto setting, co_await read_setting<Configuration>(tables, bucket, form_of(false)));
  BucketEncryption answer{.kind = always ? EncryptionKind::kS3 : EncryptionKind::kNone};
  if (!setting || setting->rules.empty()) co_return answer;
  answer.chosen = true;
  const auto& rule = setting->rules.front();
  answer.bucket_key = rule.bucket_key_enabled.value_or(false);
  if (const auto& by_default = rule.apply_server_side_encryption_by_default) {
    answer.kind = kind_of(by_default->sse_algorithm).value_or(answer.kind);
    answer.kms_key = by_default->kms_master_key_id;
  }
  if (rule.blocked_encryption_types && rule.blocked_encryption_types->encryption_type) {
    const auto& blocked = *rule.blocked_encryption_types->encryption_type;
    answer.blocks_customer_keys = std::ranges::find(blocked, kCustomerKeys) != blocked.end();
  }
  co_return std::move(answer);
}

void EncryptionSettings::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  const SettingForm form = form_of(parts_.encryption.always());
  mount_get<ops::GetBucketEncryption>(router, parts_, form);
  mount_delete<ops::DeleteBucketEncryption>(router, parts_, form);
  router.on<ops::PutBucketEncryption>(*this, &EncryptionSettings::put);
  router.on<ops::UpdateObjectEncryption>(*this, &EncryptionSettings::update);
}

Async<api::s3::PutBucketEncryptionOutput> EncryptionSettings::put(const wire::Call& call,
                                                                  api::s3::PutBucketEncryptionRequest input) {
  using Output = api::s3::PutBucketEncryptionOutput;
  Configuration wanted = std::move(input.server_side_encryption_configuration);
  TRY_VOID(check(wanted));
  // What was left out is told all the same.
  auto& rule = wanted.rules.front();
  if (!rule.bucket_key_enabled) rule.bucket_key_enabled = false;
  if (!rule.apply_server_side_encryption_by_default && parts_.encryption.always()) {
    rule.apply_server_side_encryption_by_default.emplace();
    rule.apply_server_side_encryption_by_default->sse_algorithm = name_of(EncryptionKind::kS3);
  }
  const std::string text = setting_text(std::move(wanted));
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, form_of(parts_.encryption.always()), text);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::UpdateObjectEncryptionResponse> EncryptionSettings::update(
    const wire::Call& call, api::s3::UpdateObjectEncryptionRequest input) {
  using Output = api::s3::UpdateObjectEncryptionResponse;
  const auto& wanted = input.object_encryption.ssekms;
  if (!wanted) {
    co_return not_updated(
        "Requests that modify an object encryption configuration require a valid new encryption type. Valid "
        "values are `SSEKMS`. Modify the request to specify SSE-KMS for the updated encryption type, and "
        "then "
        "try again.");
  }
  const std::string& key_arn = wanted->kms_key_arn;
  if (!key_arn.starts_with("arn:aws:kms:") || key_arn.find(":key/") == std::string::npos) {
    co_return not_updated(
        "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon "
        "Resource "
        "Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try "
        "again.");
  }
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx);
    TRY(FoundObject found, co_await find_object(parts_, tables, call,
                                                {.bucket = input.bucket,
                                                 .key = input.key,
                                                 .version = input.version_id,
                                                 .expected_owner = input.expected_bucket_owner}));
    ObjectRecord& object = found.object;
    if (object.encryption.kind == EncryptionKind::kNone) {
      co_return not_updated(
          "The UpdateObjectEncryption operation doesn't supported unencrypted source objects. Only source "
          "objects encrypted with SSE-S3 or SSE-KMS are supported.");
    }
    if (object.encryption.kind != EncryptionKind::kS3 && object.encryption.kind != EncryptionKind::kKms) {
      co_return not_updated(
          "The UpdateObjectEncryption operation doesn't support source objects with the encryption type "
          "DSSE-KMS or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.");
    }
    Encryption next{.kind = EncryptionKind::kKms,
                    .context = object.encryption.context,
                    .bucket_key = wanted->bucket_key_enabled.value_or(false)};
    TRY(next.key_arn, parts_.encryption.kms_key(found.bucket, key_arn));
    TRY(object.body, co_await parts_.bodies.rewrap(tx, object.body, {.encryption = object.encryption},
                                                   {.encryption = next}));
    object.encryption = std::move(next);
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    const Place place{.bucket = found.bucket, .key = input.key};
    TRY(const auto current, co_await versions.current(place));
    versions.replace(place, object, current && current->sequence == object.sequence);
    co_return Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::s3
