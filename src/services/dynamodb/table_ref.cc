#include "services/dynamodb/table_ref.h"

#include <algorithm>
#include <vector>

#include "base/ascii.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "wire/resource.h"

namespace hearth::services::dynamodb {
namespace {

bool may_stand_in_name(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
}

}  // namespace

Status check_name(std::string_view name, std::string_view path) {
  std::vector<std::string_view> broken;
  if (!std::ranges::all_of(name, may_stand_in_name)) {
    broken.emplace_back("satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  }
  if (name.size() < limits::kNameBytesMin) broken.emplace_back("have length greater than or equal to 3");
  if (name.size() > limits::kNameBytesMax) broken.emplace_back("have length less than or equal to 255");
  if (broken.empty()) return {};
  return fail(errors::constraints(name, path, broken));
}

Result<TableRef> TableRef::parse(const wire::Call& call, const std::string& name_or_arn) {
  TableRef ref{.account = call.account, .region = call.region, .name = name_or_arn};
  if (!name_or_arn.starts_with("arn:")) {
    TRY_SYNC_VOID(check_name(name_or_arn, "tableName"));
    return ref;
  }
  // arn:aws:dynamodb:region:account:table/name
  std::string_view rest = name_or_arn;
  std::string_view parts[5];
  for (std::string_view& part : parts) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return fail(errors::validation("Invalid table ARN: " + name_or_arn));
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  constexpr std::string_view kTable = "table/";
  if (parts[2] != "dynamodb" || !rest.starts_with(kTable)) {
    return fail(errors::validation("Invalid table ARN: " + name_or_arn));
  }
  ref.region = parts[3];
  ref.account = parts[4];
  ref.name = rest.substr(kTable.size());
  TRY_SYNC_VOID(check_name(ref.name, "tableName"));
  return ref;
}

std::string TableRef::arn() const {
  return "arn:aws:dynamodb:" + region + ":" + account + ":table/" + name;
}

}  // namespace hearth::services::dynamodb
