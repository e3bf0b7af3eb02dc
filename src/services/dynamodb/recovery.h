// Recovery of tables to points in time: switched on and off, described, and tables made of what others were
// at a moment. From when it is switched on a table keeps a log (table_log.h), for as many days as it says;
// its latest moment is now.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Recovery {
 public:
  explicit Recovery(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::UpdateContinuousBackupsOutput> update(
      const wire::Call& call, api::dynamodb::UpdateContinuousBackupsInput input);
  Async<api::dynamodb::DescribeContinuousBackupsOutput> describe(
      const wire::Call& call, api::dynamodb::DescribeContinuousBackupsInput input);
  Async<api::dynamodb::RestoreTableToPointInTimeOutput> restore(
      const wire::Call& call, api::dynamodb::RestoreTableToPointInTimeInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
