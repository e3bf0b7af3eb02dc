// What belongs to a table and has an ARN below the table's: a backup, an export, an import.
#pragma once
#include <optional>

#include "base/random.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

struct PartRef {
  TableRef table;
  std::string kind;  // "export"
  // The milliseconds of its making as 14 digits, and eight hexadecimal ones: they order by time.
  std::string id;

  // Nothing for what is no ARN of such a kind.
  static std::optional<PartRef> parse(std::string_view arn, std::string_view kind);
  std::string arn() const { return table.arn() + "/" + kind + "/" + id; }
};

std::string new_part_id(int64_t now_ms, Random& random);

}  // namespace hearth::services::dynamodb
