// What operations attach to a function's qualifiers beside what the versions are: policies, settings of
// asynchronous invokes, provisioned concurrency, URLs. It goes with what it is attached to.
#pragma once
#include "services/lambda/function_ref.h"
#include "store/store.h"

namespace hearth::services::lambda {

// Of one qualifier, or of the whole function when there is none.
Async<void> erase_attached(store::Transaction& tx, FunctionRef ref);

}  // namespace hearth::services::lambda
