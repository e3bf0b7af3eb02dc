#include "services/dynamodb/expression/faults.h"

#include <algorithm>

namespace hearth::services::dynamodb {

void Faults::add(Fault fault, std::string message) {
  auto& kept = messages_[static_cast<size_t>(fault)];
  if (!kept) kept = std::move(message);
}

const std::string* Faults::first() const {
  const auto found = std::ranges::find_if(messages_, [](const auto& message) { return message.has_value(); });
  return found == messages_.end() ? nullptr : &**found;
}

}  // namespace hearth::services::dynamodb
