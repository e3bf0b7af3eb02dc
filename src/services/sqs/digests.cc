#include "services/sqs/digests.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::sqs {
namespace {

void append(std::string& out, std::string_view part) {
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(part.size() >> shift & 0xff);
  out += part;
}

}  // namespace

std::string body_digest(std::string_view body) {
  return hex_encode(md5(body));
}

// By name: each with its length before it the name, the type, a byte for the kind of value, the value.
std::string attributes_digest(const Attributes& attributes) {
  if (attributes.empty()) return {};
  std::string bytes;
  for (const auto& [name, attribute] : attributes) {
    append(bytes, name);
    append(bytes, attribute.type);
    bytes += attribute.binary() ? '\2' : '\1';
    append(bytes, attribute.value);
  }
  return hex_encode(md5(bytes));
}

}  // namespace hearth::services::sqs
