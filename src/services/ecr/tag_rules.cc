#include "services/ecr/tag_rules.h"

#include <algorithm>

#include "services/ecr/errors.h"

namespace hearth::services::ecr {
namespace {

constexpr std::string_view kWithExclusion = "_WITH_EXCLUSION";
constexpr std::ptrdiff_t kWildcardsMax = 2;

}  // namespace

// Each '*' takes as little as will do; when that fails, the last one takes one more.
bool matches_wildcard(std::string_view pattern, std::string_view text) {
  size_t at = 0, begin = 0;
  size_t star = std::string_view::npos, taken = 0;
  while (begin < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = begin;
    } else if (at < pattern.size() && pattern[at] == text[begin]) {
      ++at;
      ++begin;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      begin = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool is_immutable(const RepositoryRecord& repository, std::string_view tag) {
  const bool excluded = std::ranges::any_of(
      repository.exclusions, [&](const std::string& pattern) { return matches_wildcard(pattern, tag); });
  return repository.mutability.starts_with("IMMUTABLE") != excluded;
}

Status set_mutability(RepositoryRecord& repository, std::string mutability,
                      std::vector<std::string> exclusions) {
  const bool excluding = mutability.ends_with(kWithExclusion);
  if (excluding == exclusions.empty()) {
    return fail(errors::invalid_parameter(
        "imageTagMutabilityExclusionFilters",
        excluding ? "Exclusion filters must be given with " + mutability
                  : "Exclusion filters can only be given with a mutability WITH_EXCLUSION"));
  }
  for (const std::string& pattern : exclusions) {
    if (std::ranges::count(pattern, '*') > kWildcardsMax) {
      return fail(errors::invalid_parameter("imageTagMutabilityExclusionFilters",
                                            "A filter can have at most 2 wildcards (*)"));
    }
  }
  repository.mutability = std::move(mutability);
  repository.exclusions = std::move(exclusions);
  return {};
}

}  // namespace hearth::services::ecr
