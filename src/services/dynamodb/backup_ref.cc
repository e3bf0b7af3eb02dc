#include "services/dynamodb/backup_ref.h"

#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {

// arn:aws:dynamodb:region:account:table/name/backup/id
Result<BackupRef> BackupRef::parse(const std::string& arn) {
  const auto invalid = [&] { return fail(errors::validation("The provided BackupArn is invalid: " + arn)); };
  constexpr std::string_view kService = "arn:aws:dynamodb:";
  constexpr std::string_view kTable = "table/";
  constexpr std::string_view kBackup = "/backup/";
  std::string_view rest = arn;
  if (!rest.starts_with(kService)) return invalid();
  rest.remove_prefix(kService.size());
  BackupRef ref;
  for (std::string* part : {&ref.table.region, &ref.table.account}) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return invalid();
    *part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  const size_t backup = rest.find(kBackup);
  if (!rest.starts_with(kTable) || backup == std::string_view::npos) return invalid();
  ref.table.name = rest.substr(kTable.size(), backup - kTable.size());
  ref.id = rest.substr(backup + kBackup.size());
  if (ref.id.empty() || !check_name(ref.table.name, "tableName")) return invalid();
  return ref;
}

}  // namespace hearth::services::dynamodb
