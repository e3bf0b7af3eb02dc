#include "identity/allowances.h"

namespace hearth::identity {
namespace {

// Neither holds a blank.
std::string name_of(std::string_view action, std::string_view resource) {
  std::string name;
  name.reserve(action.size() + 1 + resource.size());
  return name.append(action).append(" ").append(resource);
}

}  // namespace

bool Allowances::hold(std::string_view action, std::string_view resource,
                      const ResourceFactsPtr& facts) const {
  const std::string name = name_of(action, resource);
  Shelf& shelf = shelves_[std::hash<std::string>()(name) % kShelves];
  const std::lock_guard lock(shelf.mutex);
  const auto found = shelf.allowed.find(name);
  return found != shelf.allowed.end() && found->second == facts;
}

void Allowances::add(std::string_view action, std::string_view resource, ResourceFactsPtr facts) {
  std::string name = name_of(action, resource);
  Shelf& shelf = shelves_[std::hash<std::string>()(name) % kShelves];
  const std::lock_guard lock(shelf.mutex);
  if (shelf.allowed.size() == kAllowedMax) shelf.allowed.clear();
  shelf.allowed.insert_or_assign(std::move(name), std::move(facts));
}

}  // namespace hearth::identity
