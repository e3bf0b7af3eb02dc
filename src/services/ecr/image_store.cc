#include "services/ecr/image_store.h"

#include <algorithm>
#include <set>

#include "oci/reference.h"
#include "services/ecr/errors.h"
#include "services/ecr/layer_store.h"
#include "services/ecr/limits.h"
#include "services/ecr/tag_rules.h"

namespace hearth::services::ecr {
namespace {

using store::Key;

// Layers that lie elsewhere, because their licence wants it so: nobody pushes them.
bool is_elsewhere(const oci::Descriptor& layer) {
  return layer.media_type.find(".foreign.") != std::string::npos ||
         layer.media_type.find(".nondistributable.") != std::string::npos;
}

// Configuration and layers that the repository must have.
std::vector<oci::Descriptor> layers_in(const oci::Manifest& manifest) {
  std::vector<oci::Descriptor> layers;
  if (manifest.config) layers.push_back(*manifest.config);
  std::ranges::copy_if(manifest.layers, std::back_inserter(layers), std::not_fn(is_elsewhere));
  return layers;
}

uint64_t size_of(const oci::Manifest& manifest) {
  uint64_t size = 0;
  for (const oci::Descriptor& layer : layers_in(manifest)) size += layer.size_bytes;
  return size;
}

// What it is made of, each once.
std::set<std::string> uses_of(const oci::Manifest& manifest) {
  std::set<std::string> digests;
  for (const oci::Descriptor& layer : layers_in(manifest)) digests.insert(layer.digest.text());
  for (const oci::Descriptor& image : manifest.manifests) digests.insert(image.digest.text());
  return digests;
}

// What kind of thing it is: what it calls itself, or what its configuration is.
std::string artifact_type_of(const oci::Manifest& manifest) {
  if (!manifest.artifact_type.empty() || !manifest.config) return manifest.artifact_type;
  return manifest.config->media_type;
}

std::string joined(const std::set<std::string>& digests) {
  return fmt::format("{}", fmt::join(digests, ", "));
}

Async<void> check_layers(store::Transaction& tx, const Repository& repository,
                         const oci::Manifest& manifest) {
  Contents contents(tx, repository.record.id);
  std::set<std::string> missing;
  for (const oci::Descriptor& layer : layers_in(manifest)) {
    const Key key(layer.digest.text());
    TRY(auto record, co_await contents.layers.get(key));
    if (!record) {
      missing.insert(layer.digest.text());
      continue;
    }
    if (record->blob.size_bytes != layer.size_bytes) {
      co_return errors::invalid_parameter("imageManifest",
                                          fmt::format("Layer '{}' has {} bytes, not {}", layer.digest.text(),
                                                      record->blob.size_bytes, layer.size_bytes));
    }
    if (!record->media_type.empty()) continue;
    record->media_type = layer.media_type;
    contents.layers.put(key, *record);
  }
  if (!missing.empty()) co_return errors::no_layers(joined(missing), repository.ref);
  co_return {};
}

Async<void> check_images(store::Transaction& tx, const Repository& repository,
                         const oci::Manifest& manifest) {
  Contents contents(tx, repository.record.id);
  std::set<std::string> missing;
  for (const oci::Descriptor& image : manifest.manifests) {
    TRY(const bool there, co_await contents.images.contains(Key(image.digest.text())));
    if (!there) missing.insert(image.digest.text());
  }
  if (!missing.empty()) co_return errors::no_referenced_images(joined(missing), repository.ref);
  co_return {};
}

// The tag is this image's afterwards. False when it was before.
Async<bool> take_tag(store::Transaction& tx, const Repository& repository, const std::string& tag,
                     const std::string& digest, ImageRecord& image) {
  Contents contents(tx, repository.record.id);
  TRY(const auto owner, co_await contents.tags.get(Key(tag)));
  if (owner && owner->digest == digest) co_return false;
  if (owner && is_immutable(repository.record, tag)) co_return errors::tag_is_immutable(tag, repository.ref);
  if (image.tags.size() >= limits::kImageTagsMax) {
    co_return errors::limit_exceeded_exception(
        fmt::format("An image can have at most {} tags", limits::kImageTagsMax));
  }
  if (owner) TRY_VOID(co_await remove_tag(tx, repository.record.id, tag));
  contents.tags.put(Key(tag), {.digest = digest});
  image.tags.push_back(tag);
  co_return true;
}

}  // namespace

Result<Push> Push::of(std::string bytes, std::string_view media_type, std::optional<std::string> tag) {
  if (tag && !oci::is_tag(*tag)) {
    return fail(errors::invalid_parameter("imageTag",
                                          "must satisfy regular expression "
                                          "'[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"));
  }
  if (bytes.size() > oci::kManifestBytesMax) {
    return fail(errors::invalid_parameter(
        "imageManifest",
        fmt::format("Member must have length less than or equal to {}", oci::kManifestBytesMax)));
  }
  auto manifest = oci::parse_manifest(bytes, media_type);
  if (!manifest) return fail(errors::invalid_parameter("imageManifest", manifest.error().message));
  oci::Digest digest = oci::Digest::of(bytes);
  return Push{.bytes = std::move(bytes),
              .digest = std::move(digest),
              .manifest = *std::move(manifest),
              .tag = std::move(tag)};
}

Async<bool> put_image(store::Transaction& tx, Repository repository, Push push, TimePoint now) {
  const uint64_t id = repository.record.id;
  const std::string& digest = push.digest.text();
  Contents contents(tx, id);
  TRY(auto known, co_await contents.images.get(Key(digest)));
  ImageRecord image = known.value_or(ImageRecord{.media_type = push.manifest.media_type,
                                                 .artifact_type = artifact_type_of(push.manifest),
                                                 .pushed = now,
                                                 .size_bytes = size_of(push.manifest),
                                                 .manifest_bytes = push.bytes.size()});
  bool changed = !known;
  if (!known) {
    TRY_VOID(co_await check_layers(tx, repository, push.manifest));
    TRY_VOID(co_await check_images(tx, repository, push.manifest));
    for (const std::string& used : uses_of(push.manifest)) contents.uses.put(Key(used, digest), {});
    if (push.manifest.subject) {
      image.subject = push.manifest.subject->digest.text();
      contents.referrers.put(Key(image.subject, digest), {});
    }
    tx.put((contents.manifests + Key(digest)).bytes(), push.bytes);
  }
  if (push.tag) {
    TRY(const bool taken, co_await take_tag(tx, repository, *push.tag, digest, image));
    changed = changed || taken;
  }
  if (changed) contents.images.put(Key(digest), image);
  co_return changed;
}

Async<std::optional<FoundImage>> find_image(store::Transaction& tx, uint64_t repository, ImageName name) {
  Contents contents(tx, repository);
  if (name.tag) {
    TRY(const auto tag, co_await contents.tags.get(Key(*name.tag)));
    if (!tag || (name.digest && *name.digest != tag->digest)) co_return std::optional<FoundImage>();
    name.digest = tag->digest;
  }
  if (!name.digest) co_return std::optional<FoundImage>();
  TRY(auto record, co_await contents.images.get(Key(*name.digest)));
  if (!record) co_return std::optional<FoundImage>();
  co_return FoundImage{.digest = *std::move(name.digest), .record = *std::move(record)};
}

Async<std::string> manifest_of(store::Transaction& tx, uint64_t repository, std::string digest) {
  TRY(auto bytes, co_await tx.get((Contents(tx, repository).manifests + Key(digest)).bytes()));
  if (!bytes) co_return Error{"CorruptRecord", "an image has no manifest"};
  co_return *std::move(bytes);
}

Async<std::vector<std::string>> users_of(store::Transaction& tx, uint64_t repository, std::string digest) {
  TRY(const auto entries, co_await Contents(tx, repository).uses.all(Key(digest)));
  std::vector<std::string> users;
  for (const auto& entry : entries) {
    TRY(auto key, store::parse_key<std::string, std::string>(entry.key));
    users.push_back(std::get<1>(std::move(key)));
  }
  co_return users;
}

Async<void> remove_tag(store::Transaction& tx, uint64_t repository, std::string tag) {
  Contents contents(tx, repository);
  TRY(const auto owner, co_await contents.tags.get(Key(tag)));
  if (!owner) co_return {};
  contents.tags.erase(Key(tag));
  TRY(auto image, co_await contents.images.get(Key(owner->digest)));
  if (!image) co_return {};
  std::erase(image->tags, tag);
  contents.images.put(Key(owner->digest), *image);
  co_return {};
}

Async<void> remove_image(store::Transaction& tx, store::Blobs& blobs, uint64_t repository, FoundImage image) {
  Contents contents(tx, repository);
  TRY(const std::string bytes, co_await manifest_of(tx, repository, image.digest));
  TRY(const oci::Manifest manifest, oci::parse_manifest(bytes, image.record.media_type));
  for (const std::string& used : uses_of(manifest)) {
    contents.uses.erase(Key(used, image.digest));
    TRY(const auto users, co_await users_of(tx, repository, used));
    if (!users.empty()) continue;
    TRY(const auto layer, co_await contents.layers.get(Key(used)));
    if (layer) drop_layer(tx, blobs, repository, used, *layer);
  }
  for (const std::string& tag : image.record.tags) contents.tags.erase(Key(tag));
  if (!image.record.subject.empty()) contents.referrers.erase(Key(image.record.subject, image.digest));
  tx.erase((contents.manifests + Key(image.digest)).bytes());
  contents.images.erase(Key(image.digest));
  co_return {};
}

}  // namespace hearth::services::ecr
