// Words that no expression may use as the name of an attribute, in whatever case; they need a #placeholder.
#pragma once
#include <string_view>

namespace hearth::services::dynamodb {

bool is_reserved(std::string_view name);

}  // namespace hearth::services::dynamodb
