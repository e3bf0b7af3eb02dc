// The name of content in the world of container images: an algorithm and a hash, "sha256:<64 hex digits>". A
// value of this type is well-formed. SHA-256 is the one algorithm that registries and tools use.
#pragma once
#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::oci {

class Digest {
 public:
  // Code "DigestInvalid".
  static Result<Digest> parse(std::string_view text);
  // Of these bytes.
  static Digest of(std::string_view bytes);
  // From a SHA-256 of 32 bytes.
  static Digest of_hash(std::string_view sha256);

  const std::string& text() const { return text_; }
  std::string_view hex() const { return std::string_view(text_).substr(7); }
  std::string sha256() const;  // 32 bytes

  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace hearth::oci
