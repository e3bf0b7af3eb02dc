// A backup as callers name it: by its ARN.
#pragma once
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

struct BackupRef {
  TableRef table;
  std::string id;

  // "ValidationException" for what is no backup's ARN.
  static Result<BackupRef> parse(const std::string& arn);
  std::string arn() const { return table.arn() + "/backup/" + id; }
};

}  // namespace hearth::services::dynamodb
