// The grammars behind parser.h. They refuse what follows none of them and leave faults that show while
// reading; what is wrong with the whole is left to checks.h.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/reader.h"

namespace hearth::services::dynamodb::grammar {

extern const std::span<const std::string_view> kConditionKeywords;
extern const std::span<const std::string_view> kUpdateKeywords;

Result<syntax::Predicate> read_condition(Reader& reader);
Result<std::vector<Path>> read_projection(Reader& reader);
Result<std::vector<syntax::Change>> read_update(Reader& reader);

}  // namespace hearth::services::dynamodb::grammar
