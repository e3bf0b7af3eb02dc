// What IAM demands of the form of a Resource.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hearth::identity {

// The complaint about a resource that is neither "*" nor an ARN pattern of a service; nothing for one that
// is.
std::optional<std::string> resource_fault(std::string_view resource);

// Whether the older of IAM's two parsers takes it as well.
bool passes_legacy_parser(std::string_view resource);

}  // namespace hearth::identity
