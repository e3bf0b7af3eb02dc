// Metadata is kept as it was sent and shown as headers can have it: ASCII, other text in the encoded words of
// RFC 2047. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace hearth::services::s3 {

// An encoded word whose text is ASCII comes back as that text; one that is broken as it is.
std::string shown_text(std::string_view value);
std::map<std::string, std::string> shown_metadata(std::map<std::string, std::string> metadata);

}  // namespace hearth::services::s3
