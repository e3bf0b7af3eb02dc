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

// A version's references to its package and its layers, which keep them.
void hold_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
               const VersionRecord& version);
void release_code(store::Transaction& tx, store::Blobs& blobs, const FunctionRef& ref,
                  const VersionRecord& version);

}  // namespace hearth::services::lambda
