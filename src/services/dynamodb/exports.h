// Exports of tables to buckets: begun, described, listed. What was begun is carried on in the background
// (export_worker.h).
#pragma once
#include "api/dynamodb.h"
#include "delivery/asker_client.h"
#include "services/dynamodb/job_records.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class Exports {
 public:
  Exports(const Parts& parts, const delivery::AskerClient& client) : parts_(parts), client_(client) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::ExportTableToPointInTimeOutput> begin(
      const wire::Call& call, api::dynamodb::ExportTableToPointInTimeInput input);
  Async<api::dynamodb::DescribeExportOutput> describe(const wire::Call& call,
                                                      api::dynamodb::DescribeExportInput input);
  Async<api::dynamodb::ListExportsOutput> list(const wire::Call& call, api::dynamodb::ListExportsInput input);

 private:
  const Parts& parts_;
  const delivery::AskerClient& client_;
};

}  // namespace hearth::services::dynamodb
