// The key that a table says it is encrypted with: a record, as the store is encrypted or not by its disk.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

// The ARN of the key; empty when the service's own is used. Without a key of their own, tables of an account
// and region share one.
std::string kms_key_of(const TableRef& ref, const api::dynamodb::SSESpecification& specification);

}  // namespace hearth::services::dynamodb
