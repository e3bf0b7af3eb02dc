// For background work that looks at everything there is.
#pragma once
#include <functional>

#include "services/lambda/records.h"

namespace hearth::services::lambda {

// Every version of every function, $LATEST among them, with its name; other work on the loop goes on
// meanwhile. May begin again: what `visit` adds up begins with `start`. Both outlive the call.
Async<void> visit_versions(store::Store& store, const std::function<void()>& start,
                           const std::function<void(FunctionRef ref, VersionRecord version)>& visit);

}  // namespace hearth::services::lambda
