// Condition keys that an operation's input gives values to: those of its overlay, and what tags it sets
// (aws:RequestTag/<key>, aws:TagKeys) or takes away (aws:TagKeys).
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "wire/operation.h"

namespace hearth::wire {

std::vector<std::pair<std::string, std::vector<std::string>>> conditions_of(const OperationInfo& operation,
                                                                            const json::object& input);

}  // namespace hearth::wire
