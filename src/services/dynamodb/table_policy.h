// A table's own policy.
#pragma once
#include <string>

#include "services/dynamodb/records.h"

namespace hearth::services::dynamodb {

// Takes the place of the one before, if there was one; an equal one keeps its revision.
// "ValidationException", "LimitExceededException".
Status set_policy(TableRecord& table, const std::string& policy, std::string revision);

}  // namespace hearth::services::dynamodb
