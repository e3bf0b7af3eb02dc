// What a caller was found to be allowed to do. Kept with the caller, which is made anew when anything of
// identity's changes, and for the very facts of the resource that were asked, which change with its policy;
// so it is never older than the policies.
//
// Only for decisions that follow from caller, action and resource alone: not when any policy looks at the
// request. What is refused is not kept: a refusal needs its reasons.
//
// Threads: any.
#pragma once
#include <array>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "identity/resource_facts.h"

namespace hearth::identity {

class Allowances {
 public:
  bool hold(std::string_view action, std::string_view resource, const ResourceFactsPtr& facts) const;
  void add(std::string_view action, std::string_view resource, ResourceFactsPtr facts);

 private:
  static constexpr size_t kShelves = 8;      // so that requests of one caller rarely wait for each other
  static constexpr size_t kAllowedMax = 64;  // of a shelf

  struct Shelf {
    std::mutex mutex;
    std::unordered_map<std::string, ResourceFactsPtr> allowed;
  };
  mutable std::array<Shelf, kShelves> shelves_;
};

}  // namespace hearth::identity
