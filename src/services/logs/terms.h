// The plain terms of a filter pattern: all must occur (ERROR timeout), none of those with a minus (-DEBUG),
// at least one of those with a question mark (?WARN ?ERROR), which count only where nothing else is asked
// for. Quotes hold a phrase together and are needed around everything but letters, digits and underscores;
// inside them a backslash takes the meaning from a quote or a backslash. Patterns on JSON fields and on
// columns, and regular expressions, are refused.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::services::logs {

class Terms {
 public:
  // "InvalidParameterException" for what is no pattern, "NotImplemented" for what is not served.
  static Result<Terms> parse(std::string_view pattern);
  bool match(std::string_view message) const;

 private:
  std::vector<std::string> all_;
  std::vector<std::string> none_;
  std::vector<std::string> any_;
};

}  // namespace hearth::services::logs
