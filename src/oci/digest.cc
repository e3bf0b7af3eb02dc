#include "oci/digest.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::oci {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr size_t kHexDigits = 64;

bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kHexDigits ||
      !std::ranges::all_of(text.substr(kPrefix.size()), is_lower_hex)) {
    return fail("DigestInvalid", "a digest is sha256: and 64 hex digits in lower case");
  }
  return Digest(std::string(text));
}

Digest Digest::of(std::string_view bytes) {
  return of_hash(hearth::sha256(bytes));
}

Digest Digest::of_hash(std::string_view sha256) {
  CHECK(sha256.size() * 2 == kHexDigits);
  return Digest(std::string(kPrefix) + hex_encode(sha256));
}

std::string Digest::sha256() const {
  return *hex_decode(hex());
}

}  // namespace hearth::oci
