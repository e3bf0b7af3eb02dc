// What is said of every change, to those who ask for records and to functions alike.
#pragma once
#include <string>

#include "services/dynamodb/records.h"
#include "store/tuple.h"

namespace hearth::services::dynamodb {

// 32 hex digits, of one change only.
std::string event_id(const StreamRecord& stream, store::Stamp stamp);
// INSERT, MODIFY, REMOVE.
std::string event_name(ChangeKind kind);

}  // namespace hearth::services::dynamodb
