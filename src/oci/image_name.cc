#include "oci/image_name.h"

#include <array>

namespace hearth::oci {
namespace {

struct Scheme {
  std::string_view prefix;
  ImageName::Kind kind;
};
constexpr std::array kSchemes = {Scheme{"oci:", ImageName::Kind::kLayout},
                                 Scheme{"oci-archive:", ImageName::Kind::kArchive},
                                 Scheme{"docker-archive:", ImageName::Kind::kDockerArchive}};

}  // namespace

Result<ImageName> ImageName::parse(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    std::string_view rest = text.substr(scheme.prefix.size());
    ImageName name{.kind = scheme.kind};
    if (const size_t at = rest.rfind("@sha256:"); at != std::string_view::npos) {
      TRY_SYNC(name.digest, Digest::parse(rest.substr(at + 1)));
      rest = rest.substr(0, at);
    }
    const size_t colon = std::min(rest.find(':'), rest.size());
    name.path = rest.substr(0, colon);
    if (!name.path.starts_with('/') || name.path.contains('\0'))
      return fail("ReferenceInvalid", "the path of an image is absolute");
    if (colon < rest.size()) name.tag = rest.substr(colon + 1);
    return name;
  }
  TRY_SYNC(Reference reference, Reference::parse(text));
  return ImageName{.reference = std::move(reference)};
}

std::string ImageName::resolved(const Digest& digest) const {
  if (reference) return reference->host + "/" + reference->repository + "@" + digest.text();
  for (const Scheme& scheme : kSchemes) {
    if (scheme.kind != kind) continue;
    // The digest of an image in Docker's archives is not written there, and is found by the name alone.
    const bool named = kind == Kind::kDockerArchive && !tag.empty();
    return std::string(scheme.prefix) + path + (named ? ":" + tag : "") + "@" + digest.text();
  }
  return digest.text();
}

}  // namespace hearth::oci
