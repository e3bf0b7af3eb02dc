#include "services/lambda/code_source.h"

#include "base/digest.h"
#include "services/lambda/activation.h"
#include "services/lambda/code_verification.h"
#include "services/lambda/image_arrivals.h"
#include "services/lambda/limits.h"
#include "services/lambda/managed_instances.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

// What of a package's source is not served, for a new function and for a change alike.
template <typename Source>
Status check_source(const Source& source) {
  TRY_SYNC_VOID(wire::refuse_given(source.source_kms_key_arn, "encrypted packages (SourceKMSKeyArn)"));
  return check_storage_mode(source.s3_object_storage_mode);
}

template <typename Source>
api::lambda::FunctionCode code_from(Source& source) {
  return {.zip_file = std::move(source.zip_file),
          .s3_bucket = std::move(source.s3_bucket),
          .s3_key = std::move(source.s3_key),
          .s3_object_version = std::move(source.s3_object_version)};
}

// Whether anything of it names a package.
template <typename Source>
bool names_package(const Source& source) {
  return source.zip_file || source.s3_bucket || source.s3_key || source.s3_object_version;
}

Status check_image_creatable(const api::lambda::CreateFunctionRequest& request) {
  if (!request.code.image_uri)
    return fail(errors::invalid_parameter_value_exception(
        "Please provide ImageUri when creating a function with packageType Image."));
  if (names_package(request.code)) {
    return fail(errors::invalid_parameter_value_exception(
        "Please do not provide other FunctionCode parameters when providing an ImageUri."));
  }
  if (request.runtime || request.handler || (request.layers && !request.layers->empty())) {
    return fail(errors::invalid_parameter_value_exception(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType is IMAGE."));
  }
  return {};
}

// A bucket alone, or a key alone, is none.
bool has_source(const api::lambda::FunctionCode& code) {
  return code.zip_file || (code.s3_bucket && code.s3_key);
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

Async<std::string> read_package(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code) {
  if (!has_source(code) || (!code.s3_bucket && !code.s3_key)) {
    co_return std::move(code.zip_file).value_or("");
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
  co_return bytes ? std::string(bytes->as_string()) : std::string();
}

// One a version, for all its packages.
store::Key owner_of(const FunctionRef& ref, const VersionRecord& version) {
  return store::Key("lambda-code", ref.account, ref.region, ref.name, version.version);
}

}  // namespace

Status check_storage_mode(const std::optional<std::string>& mode) {
  if (mode.value_or("COPY") == "COPY") return {};
  return fail(wire::not_implemented("packages that stay in their bucket (S3ObjectStorageMode)"));
}

Status check_creatable(const api::lambda::CreateFunctionRequest& request) {
  if (request.package_type == "Image") {
    TRY_SYNC_VOID(check_image_creatable(request));
  } else if (request.code.image_uri) {
    return fail(errors::invalid_parameter_value_exception(
        "Please don't provide ImageUri when creating a function with packageType Zip."));
  }
  if (request.code_signing_config_arn) TRY_SYNC_VOID(check_signable(request.package_type == "Image"));
  return check_source(request.code);
}

Status check_code_update(const api::lambda::UpdateFunctionCodeRequest& request, const VersionRecord& latest) {
  if (latest.image && (!request.image_uri || names_package(request)))
    return fail(errors::invalid_parameter_value_exception(
        "Please provide ImageUri when updating a function with packageType Image."));
  if (!latest.image && request.image_uri)
    return fail(errors::invalid_parameter_value_exception(
        "Please don't provide ImageUri when updating a function with packageType Zip."));
  TRY_SYNC_VOID(check_publish_to(request.publish_to, latest));
  return check_source(request);
}

api::lambda::FunctionCode code_of(api::lambda::UpdateFunctionCodeRequest& request) {
  api::lambda::FunctionCode code = code_from(request);
  code.image_uri = std::move(request.image_uri);
  return code;
}

api::lambda::FunctionCode code_of(api::lambda::LayerVersionContentInput& content) {
  return code_from(content);
}

Async<TakenPackage> take_code(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code) {
  TRY(std::string bytes, co_await read_package(parts, call, std::move(code)));
  auto shared = std::make_shared<std::string>(std::move(bytes));
  TRY(CodeSignature signature, co_await parts.signatures.of(shared));
  TRY(auto package, co_await parts.code.accept(std::move(*shared)));
  co_return TakenPackage{.package = std::move(package), .signature = std::move(signature)};
}

void TakenCode::put_into(VersionRecord& record, const std::string& architecture) const {
  record.coming_image = image;
  if (image) return;
  record.architecture = architecture;
  record.code = code;
  record.unzipped_bytes = unzipped_bytes;
  record.live_folder = live_folder;
  record.signature = signature;
}

Async<TakenCode> take_function_code(Parts& parts, const wire::Call& call, FunctionRef ref,
                                    api::lambda::FunctionCode code, std::string architecture) {
  TakenCode taken;
  if (code.image_uri) {
    oci::Asker asker{.account = ref.account, .region = ref.region, .function_arn = ref.arn()};
    if (call.request) asker.host = call.request->headers.get("Host");
    TRY(taken.image, co_await parts.images.find(*code.image_uri, std::move(asker), std::move(architecture)));
    co_return taken;
  }
  if (parts.live_folders.offered() && code.s3_bucket == LiveFolders::kBucket) {
    if (code.zip_file || code.s3_object_version) {
      co_return errors::invalid_parameter_value_exception(
          "A folder is named by S3Bucket and S3Key, without other FunctionCode parameters.");
    }
    TRY(taken.live_folder, co_await parts.live_folders.find(code.s3_key.value_or("")));
    taken.code.sha256 = sha256(taken.live_folder);
    co_return taken;
  }
  if (!has_source(code))
    co_return errors::invalid_parameter_value_exception("Please provide a source for function code.");
  TRY(auto package, co_await take_code(parts, call, std::move(code)));
  taken.code = package.package.blob.info();
  taken.unzipped_bytes = package.package.unzipped_bytes;
  taken.signature = std::move(package.signature);
  taken.blobs.push_back(std::move(package.package.blob));
  co_return taken;
}

void begin_settling(store::Transaction& tx, const FunctionRef& ref, const VersionRecord& latest) {
  if (latest.coming_image) {
    ImageArrivals::enqueue(tx, ref);
  } else {
    Activation::enqueue(tx, ref);
  }
}

Status check_publishable(const VersionRecord& latest) {
  if (latest.live_folder.empty()) return {};
  return fail(errors::invalid_parameter_value_exception(
      "The function runs from a folder that is worked on. Give it a package to publish a version."));
}

namespace {

// All that a version runs and the store keeps: not a folder, nor an image that is still to come.
std::vector<store::BlobInfo> blobs_of(const VersionRecord& version) {
  std::vector<store::BlobInfo> all;
  if (!version.code.id.empty()) all.push_back(version.code);
  for (const UsedLayer& layer : version.layers) all.push_back(layer.code);
  if (!version.image) return all;
  for (const ImageLayer& layer : version.image->layers) all.push_back(layer.blob);
  return all;
}

}  // namespace

void hold_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
               const VersionRecord& version) {
  const store::Key owner = owner_of(ref, version);
  for (const store::BlobInfo& blob : blobs_of(version)) blobs.reference(tx, blob, owner);
}

void release_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
                  const VersionRecord& version) {
  const store::Key owner = owner_of(ref, version);
  for (const store::BlobInfo& blob : blobs_of(version)) blobs.unreference(tx, blob.id, owner);
}

}  // namespace hearth::services::lambda
