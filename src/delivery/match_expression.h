// The match objects of event patterns: {"prefix": "x"}, {"anything-but": [...]}, {"numeric": [">", 0]} and
// the others.
#pragma once
#include "delivery/pattern.h"
#include "delivery/pattern_reader.h"

namespace hearth::delivery {

// REQUIRES that the reader has just given the object's opening bracket; reads up to its closing one.
Result<ValueTest> read_match_expression(PatternReader& reader, const PatternRules& rules);

// Whether it is the name of one, which `$or` does not take as the name of something in the event.
bool is_match_name(std::string_view name);

}  // namespace hearth::delivery
