// Imports of tables from buckets: begun, described, listed. The table is made at once and says CREATING until
// its items are there, which follow in the background (import_worker.h).
#pragma once
#include "api/dynamodb.h"
#include "delivery/asker_client.h"
#include "services/dynamodb/job_records.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class Imports {
 public:
  Imports(const Parts& parts, const delivery::AskerClient& client) : parts_(parts), client_(client) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::ImportTableOutput> begin(const wire::Call& call,
                                                api::dynamodb::ImportTableInput input);
  Async<api::dynamodb::DescribeImportOutput> describe(const wire::Call& call,
                                                      api::dynamodb::DescribeImportInput input);
  Async<api::dynamodb::ListImportsOutput> list(const wire::Call& call, api::dynamodb::ListImportsInput input);

 private:
  const Parts& parts_;
  const delivery::AskerClient& client_;
};

// Where an import tells what it could not take: a group for all, and a stream for each.
inline constexpr const char* kImportLogGroup = "/aws-dynamodb/imports";

}  // namespace hearth::services::dynamodb
