// The signature of a package: the text of its file kSignaturePath, described in docs/formats/signatures.md.
// What it signs is a statement, and a statement names the contents of the package (package.h) by their hash.
//
// Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hearth::services::signer {

// The one entry of an archive that is not part of its contents.
inline constexpr std::string_view kSignaturePath = "META-INF/hearth_signature_v1.SF";
inline constexpr size_t kSignatureBytesMax = 4096;

struct Statement {
  std::string profile_version_arn;
  std::string job_arn;
  TimePoint signed_at;  // both of whole milliseconds
  TimePoint expires_at;
  std::string contents;  // SHA-384, 48 bytes

  // All lines that the signature is made over.
  std::string text() const;
};

struct Signature {
  Statement statement;
  std::string bytes;  // DER
};

std::string write_signature(const Statement& statement, std::string_view signature);
// Nothing for whatever write_signature() does not write: one signature has one text. Who signed is not known
// until the signature was checked.
std::optional<Signature> read_signature(std::string_view text);

}  // namespace hearth::services::signer
