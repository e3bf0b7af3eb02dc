#include "oci/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/json.h"

namespace hearth::oci {
namespace {

constexpr size_t kIndexBytesMax = kManifestBytesMax;

Error invalid_image(std::string message) {
  return {.code = "ImageInvalid", .message = std::move(message)};
}

std::string path_of(const Digest& digest) {
  return fmt::format("blobs/sha256/{}", digest.hex());
}

class Layout final : public ImageSource {
 public:
  Layout(std::unique_ptr<Files> files, std::string tag, std::optional<Digest> digest)
      : files_(std::move(files)), tag_(std::move(tag)), digest_(std::move(digest)) {}

  Async<Document> manifest() override {
    TRY(const std::string bytes, co_await files_->read("index.json", kIndexBytesMax));
    auto index = parse_manifest(bytes, media_type::kOciIndex);
    if (!index) co_return invalid_image("index.json: " + index.error().message);
    const Descriptor* chosen = nullptr;
    for (const Descriptor& each : index->manifests) {
      if (!tag_.empty() && each.ref_name != tag_) continue;
      if (digest_ && each.digest != *digest_) continue;
      if (chosen && chosen->digest == each.digest) continue;
      if (chosen) co_return invalid_image("the layout has several images; its name must say which");
      chosen = &each;
    }
    if (!chosen) {
      co_return Error{.code = "ImageNotFound",
                      .message = "the layout has no image " + (digest_ ? digest_->text() : tag_)};
    }
    TRY(std::string document, co_await files_->read(path_of(chosen->digest), kManifestBytesMax));
    if (Digest::of(document) != chosen->digest)
      co_return invalid_image("the manifest is not what its digest says");
    co_return Document{.bytes = std::move(document), .media_type = chosen->media_type};
  }

  Async<io::Body> content(Descriptor descriptor) override {
    co_return co_await files_->open(path_of(descriptor.digest));
  }

 private:
  std::unique_ptr<Files> files_;
  std::string tag_;
  std::optional<Digest> digest_;
};

// An image in the list that `docker save` writes.
struct Saved {
  std::string config;
  std::vector<std::string> layers;
};

// Whether it is the whole name, or its end behind the registry and folder that Docker puts before it, or its
// tag.
bool is_name(std::string_view name, const std::string& wanted) {
  return name == wanted || name.ends_with("/" + wanted) || name.ends_with(":" + wanted);
}

bool is_named(const json::object& image, const std::string& wanted) {
  const json::value* tags = image.if_contains("RepoTags");
  if (!tags || !tags->is_array()) return false;
  return std::ranges::any_of(tags->get_array(), [&](const json::value& tag) {
    return tag.is_string() &&
           (is_name(tag.get_string(), wanted) || is_name(tag.get_string(), wanted + ":latest"));
  });
}

Result<Saved> choose_saved(std::string_view bytes, const std::string& name) {
  TRY_SYNC(const json::value list, parse_json(bytes));
  if (!list.is_array()) return fail("", "it is no list");
  const json::object* chosen = nullptr;
  for (const json::value& each : list.get_array()) {
    if (!each.is_object()) return fail("", "it lists what is no image");
    if (!name.empty() && !is_named(each.get_object(), name)) continue;
    if (chosen) return fail("", "there are several images; the name must say which");
    chosen = &each.get_object();
  }
  if (!chosen) return fail("ImageNotFound", "the archive has no image " + name);
  const json::value* config = chosen->if_contains("Config");
  const json::value* layers = chosen->if_contains("Layers");
  if (!config || !config->is_string() || !layers || !layers->is_array())
    return fail("", "an image has no layers");
  if (layers->get_array().size() > kLayersMax) return fail("", "an image has too many layers");
  Saved saved{.config = std::string(config->get_string())};
  for (const json::value& layer : layers->get_array()) {
    if (!layer.is_string()) return fail("", "a layer has no name");
    saved.layers.emplace_back(layer.get_string());
  }
  return saved;
}

std::string_view layer_type(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1f\x8b")) return "application/vnd.docker.image.rootfs.diff.tar.gzip";
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return "application/vnd.docker.image.rootfs.diff.tar.zstd";
  return "application/vnd.docker.image.rootfs.diff.tar";
}

json::object to_json(const Descriptor& descriptor) {
  return {{"mediaType", descriptor.media_type},
          {"size", descriptor.size_bytes},
          {"digest", descriptor.digest.text()}};
}

class DockerArchive final : public ImageSource {
 public:
  DockerArchive(std::unique_ptr<Files> files, std::string name, std::optional<Digest> digest)
      : files_(std::move(files)), name_(std::move(name)), digest_(std::move(digest)) {}

  Async<Document> manifest() override {
    TRY(const std::string list, co_await files_->read("manifest.json", kManifestBytesMax));
    const auto saved = choose_saved(list, name_);
    if (!saved && saved.error().code == "ImageNotFound") co_return saved.error();
    if (!saved) co_return invalid_image("manifest.json: " + saved.error().message);
    TRY(const std::string config, co_await files_->read(saved->config, kConfigBytesMax));
    const Descriptor described{.media_type = std::string(media_type::kDockerConfig),
                               .digest = Digest::of(config),
                               .size_bytes = config.size()};
    paths_.emplace(described.digest.text(), saved->config);
    json::array layers;
    for (const std::string& path : saved->layers) {
      TRY(const Descriptor layer, co_await describe(path));
      layers.push_back(to_json(layer));
    }
    std::string document = to_text(json::object{{"schemaVersion", 2},
                                                {"mediaType", media_type::kDockerManifest},
                                                {"config", to_json(described)},
                                                {"layers", std::move(layers)}});
    if (digest_ && Digest::of(document) != *digest_)
      co_return Error{.code = "ImageNotFound", .message = "the archive has no image " + digest_->text()};
    co_return Document{.bytes = std::move(document), .media_type = std::string(media_type::kDockerManifest)};
  }

  Async<io::Body> content(Descriptor descriptor) override {
    const auto path = paths_.find(descriptor.digest.text());
    if (path == paths_.end())
      co_return Error{.code = "ImageNotFound", .message = "there is no " + descriptor.digest.text()};
    co_return co_await files_->open(path->second);
  }

 private:
  Async<Descriptor> describe(std::string path) {
    TRY(io::Body body, co_await files_->open(path));
    hearth::Digest hash;
    std::string media_type;
    uint64_t size_bytes = 0;
    for (;;) {
      TRY(const std::string bytes, co_await body.read());
      if (bytes.empty()) break;
      if (size_bytes == 0) media_type = layer_type(bytes);
      size_bytes += bytes.size();
      hash.update(bytes);
    }
    Descriptor described{.media_type = std::move(media_type),
                         .digest = Digest::of_hash(hash.finish()),
                         .size_bytes = size_bytes};
    paths_.emplace(described.digest.text(), std::move(path));
    co_return described;
  }

  std::unique_ptr<Files> files_;
  std::string name_;
  std::optional<Digest> digest_;
  std::map<std::string, std::string> paths_;  // by digest
};

}  // namespace

std::unique_ptr<ImageSource> open_layout(std::unique_ptr<Files> files, std::string tag,
                                         std::optional<Digest> digest) {
  return std::make_unique<Layout>(std::move(files), std::move(tag), std::move(digest));
}

std::unique_ptr<ImageSource> open_docker_archive(std::unique_ptr<Files> files, std::string name,
                                                 std::optional<Digest> digest) {
  return std::make_unique<DockerArchive>(std::move(files), std::move(name), std::move(digest));
}

}  // namespace hearth::oci
