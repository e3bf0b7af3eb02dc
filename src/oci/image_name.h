// How an image is named to a function: by a registry's reference, or, as skopeo names them, by where it lies
// in files: oci:/folder[:tag], oci-archive:/file[:tag], docker-archive:/file[:name], each with @digest behind
// it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "oci/reference.h"

namespace hearth::oci {

struct ImageName {
  enum class Kind : uint8_t { kRegistry, kLayout, kArchive, kDockerArchive };

  Kind kind = Kind::kRegistry;
  std::optional<Reference> reference;  // of a registry's
  std::string path;                    // of files
  std::string tag;                     // may be empty
  std::optional<Digest> digest;        // of an image in files; a reference has its own

  // Code "ReferenceInvalid".
  static Result<ImageName> parse(std::string_view text);
  // The same with the digest that it led to: what it will always lead to.
  std::string resolved(const Digest& digest) const;
};

}  // namespace hearth::oci
