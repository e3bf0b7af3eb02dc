#include "oci/image.h"

#include "base/digest.h"

namespace hearth::oci {
namespace {

class Verified final : public io::BodySource {
 public:
  Verified(io::Body body, const Descriptor& descriptor)
      : body_(std::move(body)), expected_(descriptor.digest), left_(descriptor.size_bytes) {}

  Async<std::string> read() override {
    if (ended_) co_return std::string();
    TRY(std::string bytes, co_await body_.read());
    if (bytes.size() > left_) co_return mismatch();
    left_ -= bytes.size();
    hash_.update(bytes);
    if (!bytes.empty()) co_return std::move(bytes);
    ended_ = true;
    if (left_ > 0 || Digest::of_hash(hash_.finish()) != expected_) co_return mismatch();
    co_return std::string();
  }
  std::optional<uint64_t> remaining_bytes() const override { return left_; }

 private:
  Error mismatch() const {
    return {.code = "DigestMismatch", .message = "what came is not " + expected_.text()};
  }

  io::Body body_;
  Digest expected_;
  hearth::Digest hash_;
  uint64_t left_;
  bool ended_ = false;
};

Status check_layers(const Image& image) {
  for (const Descriptor& layer : image.manifest.layers) {
    if (!layer_compression(layer.media_type))
      return fail("ManifestUnsupported", layer.media_type + " is no layer of an image");
  }
  if (image.manifest.layers.size() != image.config.diff_ids.size())
    return fail("ConfigInvalid", "the configuration has not as many layers as the manifest");
  return {};
}

}  // namespace

io::Body verified(io::Body body, const Descriptor& descriptor) {
  return io::Body(std::make_unique<Verified>(std::move(body), descriptor));
}

Async<Image> read_image(ImageSource& source) {
  TRY(Document document, co_await source.manifest());
  TRY(Manifest manifest, parse_manifest(document.bytes, document.media_type));
  if (manifest.is_index())
    co_return Error{.code = "ManifestUnsupported", .message = "it is an index of images, not an image"};
  const Descriptor described = *manifest.config;
  if (described.media_type != media_type::kDockerConfig && described.media_type != media_type::kOciConfig)
    co_return Error{.code = "ManifestUnsupported", .message = described.media_type + " configures no image"};
  if (described.size_bytes > kConfigBytesMax)
    co_return Error{.code = "ConfigInvalid", .message = "the image's configuration is too large"};
  TRY(io::Body content, co_await source.content(described));
  io::Body checked = verified(std::move(content), described);
  TRY(const std::string bytes, co_await checked.read_all(kConfigBytesMax));
  TRY(Config config, parse_config(bytes));
  Image image{.digest = Digest::of(document.bytes),
              .manifest_bytes = std::move(document.bytes),
              .manifest = std::move(manifest),
              .config = std::move(config)};
  TRY_VOID(check_layers(image));
  co_return image;
}

}  // namespace hearth::oci
