// Which tags may be moved from one image to another.
#pragma once
#include <string_view>

#include "base/result.h"
#include "services/ecr/records.h"

namespace hearth::services::ecr {

// '*' stands for any text.
bool matches_wildcard(std::string_view pattern, std::string_view text);

bool is_immutable(const RepositoryRecord& repository, std::string_view tag);

// Sets both; "InvalidParameterException" where the one does not go with the other, or a pattern is none.
Status set_mutability(RepositoryRecord& repository, std::string mutability,
                      std::vector<std::string> exclusions);

}  // namespace hearth::services::ecr
