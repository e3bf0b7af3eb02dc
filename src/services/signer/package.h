// Packages, ZIP archives, as they are signed. The contents of one are the sorted lines of its entries, each
// with the entry's kind, its execute bits, the SHA-384 of its bytes (of a link: of where it leads) and its
// path, and the hash of all of that; docs/formats/signatures.md. The bytes are those that an extraction
// gives: both read an archive with the same library, by its central directory.
//
// Pure functions, of bytes that anybody may have sent.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::signer {

struct PackageLimits {
  uint64_t bytes_max = 262'144'000;  // unpacked
  uint64_t entries_max = 200'000;
};

// The text of the file with the signature; nothing when there is none. Reads no other entry. More than one is
// the first: the package's contents have the other, which no signer has seen. "NotAnArchive" for what cannot
// be listed.
Result<std::optional<std::string>> signature_of(std::string_view archive);

// SHA-384 of the contents of an archive. "NotAnArchive", "TooLarge"; "BadEntry" for one that has no place in
// a package: a path that leads elsewhere or is there twice, or something other than a file, a folder or a
// link.
Result<std::string> contents_of(std::string_view archive, PackageLimits limits = {});

// The archive, written anew with a signature that replaces the one that it has. `signature` makes its text,
// given the hash of the contents, which the archive that comes back has as well. Errors as above.
Result<std::string> with_signature(std::string_view archive,
                                   const std::function<std::string(std::string contents)>& signature,
                                   PackageLimits limits = {});

}  // namespace hearth::services::signer
