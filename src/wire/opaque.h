// Bodies with opaque parts (Shape::opaque): those stay text on their way from the socket to the service and
// back, so that nothing is built of them but what the service itself makes.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/shape.h"

namespace hearth::wire {

// As document_from_json of a whole body that is a structure which holds opaque values. `body` is padded in
// place; for `java_package` see JsonReading. What is opaque is cut out as it stands; whether it is well
// formed shows when its owner reads it.
Result<json::object> document_with_opaque(const Shape& shape, std::string body,
                                          std::string_view java_package);

// For documents of callers inside: opaque values as documents (and text), between theirs and ours.
void close_opaque(const Shape& shape, json::value& document);
Status open_opaque(const Shape& shape, json::value& document);

}  // namespace hearth::wire
