// Where an image is: HOST[:PORT]/REPOSITORY[:TAG][@DIGEST], as `docker pull` and ImageUri spell it. A value
// of this type is well-formed; there is no host that goes without saying.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace hearth::oci {

// A repository's name: components in lower case, joined by slashes, 255 bytes at most.
bool is_repository_name(std::string_view text);
// [A-Za-z0-9_] and then up to 127 of [A-Za-z0-9._-].
bool is_tag(std::string_view text);

struct Reference {
  std::string host;  // with the port, where one is given
  std::string repository;
  std::string tag;  // "latest" where neither a tag nor a digest is given
  std::optional<Digest> digest;

  // Code "ReferenceInvalid".
  static Result<Reference> parse(std::string_view text);
  // What a registry is asked for: the digest where there is one, which counts more than a tag.
  const std::string& wanted() const { return digest ? digest->text() : tag; }
  std::string text() const;
  bool operator==(const Reference&) const = default;
};

}  // namespace hearth::oci
