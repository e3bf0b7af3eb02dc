// Faults: what is wrong with an expression that can be read. All of it is looked at before one thing is said,
// because the kind of a fault decides what is said, not its place: an unknown function at the end of the text
// comes before a reserved word at its beginning.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace hearth::services::dynamodb {

// In the order in which they are told.
enum class Fault : uint8_t {
  kTooManyOperators,
  kRedundantParentheses,
  kUnknownFunction,
  kMisusedFunction,
  kReservedWord,
  kUndefinedPlaceholder,
  kPath,
  kOperandCount,
  kIdenticalOperands,
  kOperandType,
  kRepeatedSection,
  kOverlap,
  kConflict,
};

class Faults {
 public:
  // Of each kind the first one counts.
  void add(Fault fault, std::string message);
  // The message of what is to be told.
  const std::string* first() const;

 private:
  static constexpr size_t kKinds = static_cast<size_t>(Fault::kConflict) + 1;
  std::array<std::optional<std::string>, kKinds> messages_;
};

}  // namespace hearth::services::dynamodb
