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
    const std::string_view rest = text.substr(scheme.prefix.size());
    const size_t colon = std::min(rest.find(':'), rest.size());
    ImageName name{.kind = scheme.kind, .path = std::string(rest.substr(0, colon))};
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
    if (scheme.kind == kind) return std::string(scheme.prefix) + path + "@" + digest.text();
  }
  return digest.text();
}

}  // namespace hearth::oci
