#include "services/lambda/code_source.h"

#include "base/digest.h"
#include "services/lambda/limits.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

// What of a package's source is not served, for a new function and for a change alike.
template <typename Source>
Status check_source(const Source& source) {
  TRY_SYNC_VOID(wire::refuse_given(source.source_kms_key_arn, "encrypted packages (SourceKMSKeyArn)"));
  return wire::refuse_given(source.s3_object_storage_mode, "S3ObjectStorageMode");
}

template <typename Source>
api::lambda::FunctionCode code_from(Source& source) {
  return {.zip_file = std::move(source.zip_file),
          .s3_bucket = std::move(source.s3_bucket),
          .s3_key = std::move(source.s3_key),
          .s3_object_version = std::move(source.s3_object_version)};
}

// What S3 said, in Lambda's words.
Error told(const Error& error, const api::lambda::FunctionCode& code) {
  const std::string reason = " S3 Error Code: " + error.code + ". S3 Error Message: " + error.message;
  if (error.code == "AccessDenied") {
    return {
        .code = "AccessDeniedException",
        .message =
            "Your access has been denied by S3, please make sure your request credentials have permission to "
            "GetObject for " +
            code.s3_bucket.value_or("") + "/" + code.s3_key.value_or("") + "." + reason};
  }
  // Outcomes of S3's have a status of their own; others are of what is below.
  if (error.status == 0 && error.code != "BodyTooLarge") return error;
  return errors::invalid_parameter_value_exception("Error occurred while GetObject." + reason);
}

// One a version, for all its packages.
store::Key owner_of(const FunctionRef& ref, const VersionRecord& version) {
  return store::Key("lambda-code", ref.account, ref.region, ref.name, version.version);
}

}  // namespace

Status check_creatable(const api::lambda::CreateFunctionRequest& request) {
  if (request.package_type == "Image" || request.code.image_uri) {
    return fail(wire::not_implemented("functions from container images"));
  }
  TRY_SYNC_VOID(wire::refuse_given(request.code_signing_config_arn, "code signing"));
  TRY_SYNC_VOID(wire::refuse_given(request.publish_to, "PublishTo"));
  return check_source(request.code);
}

Status check_code_update(const api::lambda::UpdateFunctionCodeRequest& request) {
  if (request.image_uri) {
    return fail(errors::invalid_parameter_value_exception(
        "Please don't provide ImageUri when updating a function with packageType Zip."));
  }
  TRY_SYNC_VOID(wire::refuse_given(request.publish_to, "PublishTo"));
  return check_source(request);
}

api::lambda::FunctionCode code_of(api::lambda::UpdateFunctionCodeRequest& request) {
  return code_from(request);
}

api::lambda::FunctionCode code_of(api::lambda::LayerVersionContentInput& content) {
  return code_from(content);
}

Async<CodeStore::Package> take_code(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code) {
  if (!code.s3_bucket && !code.s3_key) {
    co_return co_await parts.code.accept(std::move(code.zip_file).value_or(""));
  }
  if (code.zip_file) {
    co_return errors::invalid_parameter_value_exception(
        "Please do not provide other FunctionCode parameters when providing a ZipFile.");
  }
  json::object object{{"Bucket", code.s3_bucket.value_or("")}, {"Key", code.s3_key.value_or("")}};
  if (code.s3_object_version) object.emplace("VersionId", *code.s3_object_version);
  auto answer =
      co_await parts.router.call("s3", "GetObject", std::move(object), call, limits::kZippedCodeBytesMax);
  if (!answer) co_return told(answer.error(), code);
  const json::value* bytes = answer->as_object().if_contains("Body");
  co_return co_await parts.code.accept(bytes ? std::string(bytes->as_string()) : std::string());
}

void TakenCode::put_into(VersionRecord& version) const {
  version.code = package_ ? package_->blob.info() : store::BlobInfo{.sha256 = sha256(live_folder_)};
  version.unzipped_bytes = package_ ? package_->unzipped_bytes : 0;
  version.live_folder = live_folder_;
}

Async<TakenCode> take_function_code(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code) {
  const bool live = parts.live_folders.offered() && code.s3_bucket == LiveFolders::kBucket;
  if (!live) {
    TRY(auto package, co_await take_code(parts, call, std::move(code)));
    co_return TakenCode(std::move(package));
  }
  if (code.zip_file || code.s3_object_version) {
    co_return errors::invalid_parameter_value_exception(
        "A folder is named by S3Bucket and S3Key, without other FunctionCode parameters.");
  }
  TRY(std::string folder, co_await parts.live_folders.find(code.s3_key.value_or("")));
  co_return TakenCode(std::move(folder));
}

Status check_publishable(const VersionRecord& latest) {
  if (latest.live_folder.empty()) return {};
  return fail(errors::invalid_parameter_value_exception(
      "The function runs from a folder that is worked on. Give it a package to publish a version."));
}

void hold_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
               const VersionRecord& version) {
  const store::Key owner = owner_of(ref, version);
  if (version.live_folder.empty()) blobs.reference(tx, version.code, owner);
  for (const UsedLayer& layer : version.layers) blobs.reference(tx, layer.code, owner);
}

void release_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
                  const VersionRecord& version) {
  const store::Key owner = owner_of(ref, version);
  if (version.live_folder.empty()) blobs.unreference(tx, version.code.id, owner);
  for (const UsedLayer& layer : version.layers) blobs.unreference(tx, layer.code.id, owner);
}

}  // namespace hearth::services::lambda
