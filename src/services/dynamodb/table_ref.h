// A table as callers name it: by its name, or by its ARN.
#pragma once
#include <string>

#include "store/tuple.h"
#include "wire/call.h"

namespace hearth::services::dynamodb {

struct TableRef {
  std::string account;
  std::string region;
  std::string name;

  // "ValidationException" for what is no name of a table.
  static Result<TableRef> parse(const wire::Call& call, const std::string& name_or_arn);

  std::string arn() const;
  store::Key key() const { return store::Key("dynamodb", account, region, "table", name); }
  auto operator<=>(const TableRef&) const = default;
};

// "ValidationException" unless it is 3 to 255 of the characters that names are made of; `path` is where it
// stands in the request.
Status check_name(std::string_view name, std::string_view path);

}  // namespace hearth::services::dynamodb
