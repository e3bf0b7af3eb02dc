// Tables that are made of backups and of what tables were: what both ways of asking for them have in common.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

// What a restored table is to have otherwise than the one that it is made of.
struct Overrides {
  std::optional<std::string> billing_mode;
  std::optional<std::vector<api::dynamodb::GlobalSecondaryIndex>> globals;
  std::optional<std::vector<api::dynamodb::LocalSecondaryIndex>> locals;
  std::optional<api::dynamodb::ProvisionedThroughput> throughput;
  std::optional<api::dynamodb::OnDemandThroughput> on_demand;
  std::optional<api::dynamodb::SSESpecification> encryption;

  template <typename Input>
  static Overrides of(const Input& input) {
    return {.billing_mode = input.billing_mode_override,
            .globals = input.global_secondary_index_override,
            .locals = input.local_secondary_index_override,
            .throughput = input.provisioned_throughput_override,
            .on_demand = input.on_demand_throughput_override,
            .encryption = input.sse_specification_override};
  }
};

// The record of a table that is being restored; its numbers are new. It has no times to live, stream, tags,
// policy, or recovery of its own. "ValidationException" when an index is asked for that was not there.
Result<TableRecord> restored_record(const Parts& parts, const TableRef& ref, const TableRecord& source,
                                    const Overrides& overrides);

// Whether the caller may make that table. `call` outlives the task.
Async<void> authorize_target(const Parts& parts, const wire::Call& call, const char* action, TableRef ref);
// "TableAlreadyExistsException" when there is one of that name.
Async<void> check_absent(store::Transaction& tx, const Catalog& catalog, TableRef ref);

}  // namespace hearth::services::dynamodb
