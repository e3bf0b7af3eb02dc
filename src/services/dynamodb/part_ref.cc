#include "services/dynamodb/part_ref.h"

#include <fmt/format.h>

namespace hearth::services::dynamodb {

// arn:aws:dynamodb:region:account:table/name/kind/id
std::optional<PartRef> PartRef::parse(std::string_view arn, std::string_view kind) {
  constexpr std::string_view kService = "arn:aws:dynamodb:";
  constexpr std::string_view kTable = "table/";
  if (!arn.starts_with(kService)) return {};
  arn.remove_prefix(kService.size());
  PartRef ref{.table = {}, .kind = std::string(kind), .id = {}};
  for (std::string* part : {&ref.table.region, &ref.table.account}) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    *part = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  const std::string separator = "/" + ref.kind + "/";
  const size_t at = arn.find(separator);
  if (!arn.starts_with(kTable) || at == std::string_view::npos || at < kTable.size()) return {};
  ref.table.name = arn.substr(kTable.size(), at - kTable.size());
  ref.id = arn.substr(at + separator.size());
  if (ref.id.empty() || !check_name(ref.table.name, "tableName")) return {};
  return ref;
}

std::string new_part_id(int64_t now_ms, Random& random) {
  constexpr size_t kDigits = 8;
  return fmt::format("{:014}-{}", now_ms, random.hex(kDigits));
}

}  // namespace hearth::services::dynamodb
