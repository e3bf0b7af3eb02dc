// Where a request says its code comes from, and what of it is refused.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// Refuses what a function would need that Hearth has not got, before anything is stored.
Status check_creatable(const api::lambda::CreateFunctionRequest& request);
// What the code may come from depends on what it came from until now.
Status check_storage_mode(const std::optional<std::string>& mode);
Status check_code_update(const api::lambda::UpdateFunctionCodeRequest& request, const VersionRecord& latest);

// As CreateFunction would say it; takes the bytes out of the request.
api::lambda::FunctionCode code_of(api::lambda::UpdateFunctionCodeRequest& request);
api::lambda::FunctionCode code_of(api::lambda::LayerVersionContentInput& content);

// The package, checked and kept; one in a bucket is read with the caller's rights. `call` outlives the task.
struct TakenPackage {
  CodeStore::Package package;
  CodeSignature signature;
};
Async<TakenPackage> take_code(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code);

// What a version is to run: a package, checked and kept, an image, found, or a folder of this machine.
struct TakenCode {
  store::BlobInfo code;
  int64_t unzipped_bytes = 0;
  std::optional<ComingImage> image;
  std::string live_folder;
  CodeSignature signature;               // nobody signs images and folders
  std::vector<store::StagedBlob> blobs;  // to be kept until they are referenced

  void put_into(VersionRecord& record, const std::string& architecture) const;
};
Async<TakenCode> take_function_code(Parts& parts, const wire::Call& call, FunctionRef ref,
                                    api::lambda::FunctionCode code, std::string architecture);

// Sees to it, when `tx` commits, that the function becomes what `latest` says.
void begin_settling(store::Transaction& tx, const FunctionRef& ref, const VersionRecord& latest);

// A version is what it is for ever, and folders that are worked on are not.
Status check_publishable(const VersionRecord& latest);

// A version's references to its package and its layers, or its image, which keep them.
void hold_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
               const VersionRecord& version);
void release_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
                  const VersionRecord& version);

}  // namespace hearth::services::lambda
