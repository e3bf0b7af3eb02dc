// What tables and indexes are keyed by are scalars: no expression may look into them.
#pragma once
#include "services/dynamodb/catalog.h"
#include "services/dynamodb/expression/path.h"

namespace hearth::services::dynamodb {

// "ValidationException" when an expression that names these attributes does.
Status check_scalars(const Table& table, const AttributeNames& names);

}  // namespace hearth::services::dynamodb
