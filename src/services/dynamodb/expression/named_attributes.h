// Which attributes an expression names, as far as its words tell: for whoever has to know before it is known
// whether it is a proper expression.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace hearth::services::dynamodb {

enum class ExpressionForm : uint8_t { kUpdate, kOther };

// Only attributes of items, not what is within them. `names` are what #placeholders stand for; one that is
// not defined is its own name.
std::set<std::string> named_attributes(ExpressionForm form, std::string_view text,
                                       const std::map<std::string, std::string, std::less<>>& names);

}  // namespace hearth::services::dynamodb
