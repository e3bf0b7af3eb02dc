#include "services/iam/documents.h"

#include "base/json.h"

namespace hearth::services::iam {

size_t document_size(std::string_view text) {
  size_t size = 0;
  for (const char byte : text) {
    const bool white = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
    const bool continues = (static_cast<unsigned char>(byte) & 0xc0) == 0x80;  // of a UTF-8 character
    size += !white && !continues;
  }
  return size;
}

Status check_document(std::string_view text, DocumentKind) {
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) {
    return fail("MalformedPolicyDocument", "This policy contains invalid Json");
  }
  return {};
}

}  // namespace hearth::services::iam
