#include "sandbox/spares.h"

#include <algorithm>
#include <utility>

namespace hearth::sandbox {

std::optional<uint32_t> Spares::take(std::string_view kind, SteadyTime now) {
  const auto found = std::ranges::find(kinds_, kind, &Kind::message);
  if (found == kinds_.end()) {
    kinds_.push_front({.message = std::string(kind), .asked = now});
    return {};
  }
  kinds_.splice(kinds_.begin(), kinds_, found);
  found->asked = now;
  found->wanted = true;
  const auto spare = std::ranges::find_if(found->spares, &Spare::complete);
  if (spare == found->spares.end()) return {};
  const uint32_t slot = spare->slot;
  found->spares.erase(spare);
  return slot;
}

const std::string* Spares::missing() const {
  const auto found = std::ranges::find_if(kinds_, &Kind::lacks);
  return found == kinds_.end() ? nullptr : &found->message;
}

void Spares::add(std::optional<uint32_t> slot) {
  const auto found = std::ranges::find_if(kinds_, &Kind::lacks);
  found->wanted = slot.has_value();
  if (slot) found->spares.push_back({*slot});
}

void Spares::complete(uint32_t slot) {
  for (Kind& kind : kinds_) {
    for (Spare& spare : kind.spares) spare.complete |= spare.slot == slot;
  }
}

void Spares::ended(uint32_t slot) {
  for (Kind& kind : kinds_) {
    if (std::erase_if(kind.spares, [slot](const Spare& spare) { return spare.slot == slot; }) > 0)
      kind.wanted = false;
  }
}

std::vector<uint32_t> Spares::surplus(SteadyTime now) {
  std::vector<uint32_t> slots;
  while (!kinds_.empty() && (kinds_.size() > kKinds || now - kinds_.back().asked >= kKeepTime)) {
    for (const Spare& spare : kinds_.back().spares) slots.push_back(spare.slot);
    kinds_.pop_back();
  }
  return slots;
}

}  // namespace hearth::sandbox
