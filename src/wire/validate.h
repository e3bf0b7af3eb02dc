// Checks a document against the constraints of its shape: required members, lengths, ranges, patterns and
// enumerations, with the texts of the real services. All violations are collected in the order of the model.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "wire/shape.h"

namespace hearth::wire {

struct ValidateOptions {
  bool payload_present = false;  // the blob or stream payload came beside the document
  bool items_not_null = false;   // the service says of items that they must not be null, besides the rest
};

// One entry a violation: "Value '' at 'functionName' failed to satisfy constraint: Member must have ...". Of
// a scalar in a list or map every constraint is listed as soon as one is broken, as the services do.
std::vector<std::string> violations(const Shape& shape, const json::object& document,
                                    ValidateOptions options = {});

// ValidationException "2 validation errors detected: ...; ..." when there are any. At most
// kViolationsPrinted are spelled out.
inline constexpr size_t kViolationsPrinted = 32;
Status validate(const Shape& shape, const json::object& document, ValidateOptions options = {});

// Whether the shape's pattern can be compiled; one that cannot refuses every value.
bool pattern_usable(const Shape& shape);

}  // namespace hearth::wire
