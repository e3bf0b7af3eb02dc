#include "services/logs/terms.h"

#include <algorithm>

#include "api/logs.h"
#include "wire/not_implemented.h"

namespace hearth::services::logs {

Result<Terms> Terms::parse(std::string_view pattern) {
  Terms terms;
  size_t at = 0;
  while ((at = pattern.find_first_not_of(' ', at)) != std::string_view::npos) {
    auto* kind = &terms.all_;
    if (pattern[at] == '{' || pattern[at] == '[' || pattern[at] == '%') {
      return fail(wire::not_implemented("filter patterns on fields and regular expressions"));
    }
    if (pattern[at] == '-') kind = &terms.none_;
    if (pattern[at] == '?') kind = &terms.any_;
    if (kind != &terms.all_) ++at;
    if (at < pattern.size() && pattern[at] == '"') {
      const size_t end = pattern.find('"', at + 1);
      if (end == std::string_view::npos) {
        return fail(api::logs::errors::invalid_parameter_exception("Invalid filter pattern"));
      }
      kind->emplace_back(pattern.substr(at + 1, end - at - 1));
      at = end + 1;
    } else {
      const size_t end = std::min(pattern.find(' ', at), pattern.size());
      kind->emplace_back(pattern.substr(at, end - at));
      at = end;
    }
  }
  return terms;
}

bool Terms::match(std::string_view message) const {
  auto occurs = [&](const std::string& term) { return message.find(term) != std::string_view::npos; };
  return std::ranges::all_of(all_, occurs) && std::ranges::none_of(none_, occurs) &&
         (any_.empty() || std::ranges::any_of(any_, occurs));
}

}  // namespace hearth::services::logs
