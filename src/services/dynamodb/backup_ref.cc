#include "services/dynamodb/backup_ref.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/part_ref.h"

namespace hearth::services::dynamodb {

Result<BackupRef> BackupRef::parse(const std::string& arn) {
  auto part = PartRef::parse(arn, "backup");
  if (!part) return fail(errors::validation("The provided BackupArn is invalid: " + arn));
  return BackupRef{.table = std::move(part->table), .id = std::move(part->id)};
}

}  // namespace hearth::services::dynamodb
