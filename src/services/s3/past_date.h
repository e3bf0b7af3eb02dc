// What is said of a lock that would end before it begins. The service tells the date as its own clocks show
// it.
#pragma once
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace hearth::services::s3 {

Error not_in_the_future(std::string argument, TimePoint date);
std::string pacific_text(TimePoint time);  // "Tue Dec 31 16:00:00 PST 2019"

}  // namespace hearth::services::s3
