// What a table may be: the requests that define tables and indexes, checked and turned into records.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/records.h"

namespace hearth::services::dynamodb {

using Definitions = std::vector<api::dynamodb::AttributeDefinition>;

// All of a new table but its number, its id and its times; its indexes have no numbers yet.
// "ValidationException" or "LimitExceededException".
Result<TableRecord> define_table(const api::dynamodb::CreateTableInput& input);

// A global index that is added to a table, whose definitions are `attributes`.
Result<IndexRecord> define_index(const TableRecord& table, const std::vector<KeyAttribute>& attributes,
                                 const api::dynamodb::CreateGlobalSecondaryIndexAction& input);

// The definitions by name; "ValidationException" when one comes twice.
Result<std::vector<KeyAttribute>> read_definitions(const Definitions& definitions);

// Capacity units, "ValidationException" when out of bounds. `what` it is for: "a table", "index i".
Status check_throughput(const api::dynamodb::ProvisionedThroughput& throughput, std::string_view what);

// What it is to be ready for at once, which is no less than what it is anyway.
Status take_warm(const std::optional<api::dynamodb::WarmThroughput>& asked, bool on_demand,
                 std::string_view what, ThroughputRecord& record);

// What it may take on demand at most; -1 takes such a bound away.
Status take_maxima(const std::optional<api::dynamodb::OnDemandThroughput>& asked, std::string_view what,
                   ThroughputRecord& record);

Result<Tags> read_tags(const std::vector<api::dynamodb::Tag>& tags);

}  // namespace hearth::services::dynamodb
