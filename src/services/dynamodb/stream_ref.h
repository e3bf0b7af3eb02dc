// A stream as callers name it: arn:aws:dynamodb:region:account:table/name/stream/label.
#pragma once
#include <optional>

#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

struct StreamRef {
  TableRef table;
  std::string label;

  // Nothing for what has no such form.
  static std::optional<StreamRef> parse(std::string_view arn);
  std::string arn() const;
};

}  // namespace hearth::services::dynamodb
