// Finds out which code packages are still somebody's, so that the directories of the others can go.
#pragma once
#include <set>
#include <string>

#include "services/lambda/parts.h"

namespace hearth::services::lambda {

// The names of the directories of all functions and versions there are (CodeStore::name_of).
Async<std::set<std::string>> referenced_code(store::Store& store);

// Sweeps now and then, until its scope ends.
Task<void> keep_code_swept(Parts& parts);

}  // namespace hearth::services::lambda
