// Where a request says its code comes from, and what of it is refused.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// Refuses what a function would need that Hearth has not got, before anything is stored.
Status check_creatable(const api::lambda::CreateFunctionRequest& request);
Status check_code_update(const api::lambda::UpdateFunctionCodeRequest& request);

// As CreateFunction would say it; takes the bytes out of the request.
api::lambda::FunctionCode code_of(api::lambda::UpdateFunctionCodeRequest& request);
api::lambda::FunctionCode code_of(api::lambda::LayerVersionContentInput& content);

// The package, checked and kept; one in a bucket is read with the caller's rights. `call` outlives the task.
Async<CodeStore::Package> take_code(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code);

// The code of a function.
class TakenCode {
 public:
  TakenCode(CodeStore::Package package) : package_(std::move(package)) {}
  explicit TakenCode(std::string live_folder) : live_folder_(std::move(live_folder)) {}
  void put_into(VersionRecord& version) const;

 private:
  std::optional<CodeStore::Package> package_;
  std::string live_folder_;  // without a package
};
// As take_code(), or a folder of this machine.
Async<TakenCode> take_function_code(Parts& parts, const wire::Call& call, api::lambda::FunctionCode code);

// A version is what it is for ever, and folders that are worked on are not.
Status check_publishable(const VersionRecord& latest);

// A version's references to its package and its layers, which keep them.
void hold_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
               const VersionRecord& version);
void release_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
                  const VersionRecord& version);

}  // namespace hearth::services::lambda
