// Backups of tables: made, described, listed, deleted, and tables made of them. They outlive their tables.
// Making and restoring are answered at once; the items follow (table_copies.h), and what is made says
// CREATING until they are there.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/backup_ref.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Backups {
 public:
  explicit Backups(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::CreateBackupOutput> create(const wire::Call& call,
                                                  api::dynamodb::CreateBackupInput input);
  Async<api::dynamodb::DescribeBackupOutput> describe(const wire::Call& call,
                                                      api::dynamodb::DescribeBackupInput input);
  Async<api::dynamodb::ListBackupsOutput> list(const wire::Call& call, api::dynamodb::ListBackupsInput input);
  Async<api::dynamodb::DeleteBackupOutput> remove(const wire::Call& call,
                                                  api::dynamodb::DeleteBackupInput input);
  Async<api::dynamodb::RestoreTableFromBackupOutput> restore(
      const wire::Call& call, api::dynamodb::RestoreTableFromBackupInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
