// A condition key and its values, as a simulation is given them.
#pragma once
#include "api/iam.h"

namespace hearth::services::iam {

// InvalidInput when it has no name, more values than its type allows, or one that is not of it.
Status check_context_entry(const api::iam::ContextEntry& entry);

}  // namespace hearth::services::iam
