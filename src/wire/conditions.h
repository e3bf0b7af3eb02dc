// Condition keys that an operation's input gives values to: those of its overlay, and what tags it sets
// (aws:RequestTag/<key>, aws:TagKeys) or takes away (aws:TagKeys).
//
// An overlay's member may be one of a member, "Retention.Mode". A time is said as ":time", its date, or
// ":days", those from `now` until then. Tags, in a list or as a query string, are said as ":tags", whose key
// ends in a slash that each tag's follows, or ":tag-keys".
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "wire/operation.h"

namespace hearth::wire {

std::vector<std::pair<std::string, std::vector<std::string>>> conditions_of(const OperationInfo& operation,
                                                                            const json::object& input,
                                                                            TimePoint now);

}  // namespace hearth::wire
