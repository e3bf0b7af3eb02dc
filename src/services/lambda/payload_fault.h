// What is wrong with a payload that is no JSON, in the words of the service: those of its reader, Jackson,
// which callers know from its messages and look for.
#pragma once
#include <string>
#include <string_view>

namespace hearth::services::lambda {

// Empty where that reader finds nothing wrong: it looks no further than the end of the first value, and takes
// any depth.
std::string payload_fault(std::string_view payload);

}  // namespace hearth::services::lambda
