// Images of a repository, inside the caller's transaction: manifests with their tags, and what they are made
// of. The API, the distribution API and the lifecycle worker all end here. Nobody is authorized here.
#pragma once
#include "oci/manifest.h"
#include "services/ecr/repository_ref.h"
#include "store/blob.h"

namespace hearth::services::ecr {

// A manifest that was read and checked.
struct Push {
  std::string bytes;
  oci::Digest digest;
  oci::Manifest manifest;
  std::optional<std::string> tag;

  // "InvalidParameterException" for what is no manifest. `media_type` is what the sender calls it, or empty.
  static Result<Push> of(std::string bytes, std::string_view media_type, std::optional<std::string> tag);
};

// By digest, by tag, or by both if they are the same.
struct ImageName {
  std::optional<std::string> digest;
  std::optional<std::string> tag;
};

struct FoundImage {
  std::string digest;
  ImageRecord record;
};

struct Repository {
  RepositoryRef ref;
  RepositoryRecord record;
};

// False when the image was there already, with this tag if one is given. All it is made of must be there.
Async<bool> put_image(store::Transaction& tx, Repository repository, Push push, TimePoint now);

Async<std::optional<FoundImage>> find_image(store::Transaction& tx, uint64_t repository, ImageName name);
Async<std::string> manifest_of(store::Transaction& tx, uint64_t repository, std::string digest);

// The images that are made of this layer or image.
Async<std::vector<std::string>> users_of(store::Transaction& tx, uint64_t repository, std::string digest);

// The image stays.
Async<void> remove_tag(store::Transaction& tx, uint64_t repository, std::string tag);
// The image, its tags, and the layers that no other image is made of. REQUIRES that no index names it.
Async<void> remove_image(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, FoundImage image);

}  // namespace hearth::services::ecr
