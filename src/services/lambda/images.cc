#include "services/lambda/images.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "oci/flatten.h"
#include "oci/image.h"
#include "oci/layer.h"
#include "services/lambda/image_errors.h"
#include "services/lambda/limits.h"

namespace hearth::services::lambda {
namespace {

constexpr oci::UnpackBudget kBudget{.bytes = limits::kImageBytesMax, .entries = limits::kImageEntriesMax};

// As functions name what images name as Go does.
std::string architecture_of(const oci::Platform& platform) {
  return platform.architecture == "amd64" ? "x86_64" : platform.architecture;
}

Status check(const oci::Image& image, const std::string& architecture) {
  const oci::Config& config = image.config;
  if (config.platform.os != "linux") return fail("ImageInvalid", "it is made for " + config.platform.os);
  if (architecture_of(config.platform) != architecture) {
    return fail("ImageInvalid", fmt::format("it is made for the architecture {}, and the function for {}",
                                            architecture_of(config.platform), architecture));
  }
  size_t settings_bytes = config.working_directory.size();
  for (const auto* list : {&config.entry_point, &config.command, &config.environment}) {
    for (const std::string& text : *list) settings_bytes += text.size();
  }
  if (settings_bytes > limits::kImageSettingsBytesMax)
    return fail("ImageInvalid", "its settings are larger than 16 KB");
  uint64_t bytes = 0;
  for (const oci::Descriptor& layer : image.manifest.layers) {
    if (layer.size_bytes > limits::kImageBytesMax - bytes)
      return fail("ImageTooLarge", "its layers are larger than 10 GB");
    bytes += layer.size_bytes;
  }
  return {};
}

std::string name_of(const ImageLayer& layer) {
  return "layer-" + hex_encode(sha256(layer.blob.sha256 + layer.diff_id + layer.media_type));
}

// What is at the same path in a later layer hides what is in an earlier one: the order is part of what it is.
std::string name_of(const ImageRecord& image) {
  std::string names;
  for (const ImageLayer& layer : image.layers) names += name_of(layer);
  return "image-" + hex_encode(sha256(names));
}

struct OpenLayer {
  ImageLayer layer;
  Fd file;
};

// `made` gets the names of layers that were not there before.
Result<Directory> link_layers(Directories& directories, const std::vector<OpenLayer>& layers,
                              const std::string& name, std::vector<std::string>& made) {
  oci::UnpackBudget budget = kBudget;
  std::vector<Directory> held;  // until they are linked
  std::vector<std::string> paths;
  for (const OpenLayer& each : layers) {
    const std::string layer_name = name_of(each.layer);
    const auto fill = [&](const std::string& path) -> Status {
      made.push_back(layer_name);
      TRY_SYNC(const oci::Digest diff_id, oci::Digest::parse(each.layer.diff_id));
      const auto compression = oci::layer_compression(each.layer.media_type);
      return oci::unpack_layer(
          {.descriptor = each.file.get(), .compression = compression.value_or(oci::Compression::kNone)},
          diff_id, path, budget);
    };
    TRY_SYNC(Directory directory, directories.take_or_make(layer_name, fill));
    paths.push_back(directories.path_of(directory));
    held.push_back(std::move(directory));
  }
  return directories.take_or_make(
      name, [&](const std::string& path) { return oci::flatten(paths, path, kBudget); });
}

// On the pool.
Result<Directory> make_root(Directories& directories, const std::vector<OpenLayer>& layers,
                            const std::string& name) {
  std::vector<std::string> made;
  auto root = link_layers(directories, layers, name, made);
  if (root) return root;
  for (const std::string& layer : made) directories.discard(layer);
  return root;
}

}  // namespace

Async<ComingImage> ImageStore::find(std::string uri, oci::Asker asker, std::string architecture) {
  const auto name = oci::ImageName::parse(uri);
  if (!name) co_return told(name.error(), uri);
  std::string server_host = asker.host;
  auto source = co_await sources_.open(*name, std::move(asker));
  if (!source) co_return told(source.error(), uri);
  auto image = co_await oci::read_image(**source);
  if (!image) co_return told(image.error(), uri);
  if (const Status good = check(*image, architecture); !good) co_return told(good.error(), uri);
  ComingImage coming{.architecture = std::move(architecture), .server_host = std::move(server_host)};
  coming.image.uri = std::move(uri);
  coming.image.resolved_uri = name->resolved(image->digest);
  coming.manifest.size_bytes = image->manifest_bytes.size();
  coming.manifest.sha256 = sha256(image->manifest_bytes);
  co_return coming;
}

Async<ImageStore::Arrived> ImageStore::fetch(ComingImage coming, oci::Asker asker) {
  TRY(oci::ImageName name, oci::ImageName::parse(coming.image.resolved_uri));
  TRY(const auto source, co_await sources_.open(std::move(name), std::move(asker)));
  TRY(oci::Image image, co_await oci::read_image(*source));
  // It is named by its digest, so that it is what was found.
  if (sha256(image.manifest_bytes) != coming.manifest.sha256)
    co_return Error{.code = "DigestMismatch", .message = "its source gives another manifest"};
  TRY(Arrived arrived, co_await keep(std::move(coming.image), *source, std::move(image)));
  TRY(arrived.root, co_await unpacked(arrived.image, io::Turnstile::Rank::kAtLeisure));
  co_return arrived;
}

Async<ImageStore::Arrived> ImageStore::keep(ImageRecord image, oci::ImageSource& source, oci::Image read) {
  image.entry_point = std::move(read.config.entry_point);
  image.command = std::move(read.config.command);
  image.environment = std::move(read.config.environment);
  image.working_directory = std::move(read.config.working_directory);
  Arrived arrived{.image = std::move(image)};
  TRY(auto manifest, co_await blobs_.write(io::Body(read.manifest_bytes), oci::kManifestBytesMax));
  arrived.manifest = manifest.info();
  arrived.blobs.push_back(std::move(manifest));
  for (size_t i = 0; i < read.manifest.layers.size(); ++i) {
    const oci::Descriptor& descriptor = read.manifest.layers[i];
    ImageLayer layer{.diff_id = read.config.diff_ids[i].text(), .media_type = descriptor.media_type};
    // One that the image has twice, as it does the empty one, is kept once.
    const auto same = std::ranges::find(arrived.image.layers, descriptor.digest.sha256(),
                                        [](const ImageLayer& each) { return each.blob.sha256; });
    if (same != arrived.image.layers.end()) {
      layer.blob = same->blob;
    } else {
      TRY(io::Body content, co_await source.content(descriptor));
      TRY(auto blob,
          co_await blobs_.write(oci::verified(std::move(content), descriptor), descriptor.size_bytes));
      layer.blob = blob.info();
      arrived.blobs.push_back(std::move(blob));
    }
    arrived.image.layers.push_back(std::move(layer));
  }
  co_return arrived;
}

Async<Directory> ImageStore::unpacked(ImageRecord image, io::Turnstile::Rank rank) {
  const std::string name = name_of(image);
  if (auto held = directories_->held_one(name)) co_return held;
  auto take = [directories = directories_, name] { return directories->take(name); };
  if (auto there = co_await pool_.run(std::move(take))) co_return there;
  auto layers = std::make_shared<std::vector<OpenLayer>>();  // shared with the pool's thread
  for (ImageLayer& layer : image.layers) {
    TRY(io::FileRange range, co_await blobs_.open(layer.blob.id));
    layers->push_back({.layer = std::move(layer), .file = std::move(range.file)});
  }
  // Who waits for it may go away; the turn is over when the work is.
  auto turn = std::make_shared<io::Turnstile::Pass>(co_await turns_->enter(rank));
  co_return co_await pool_.run([directories = directories_, layers, name, turns = turns_, turn] {
    return make_root(*directories, *layers, name);
  });
}

Async<std::vector<std::string>> ImageStore::extensions_in(Directory root) {
  co_return co_await pool_.run([directories = directories_, root] {
    return oci::files_in_root(directories->path_of(root), "opt/extensions");
  });
}

void ImageStore::add_names(const ImageRecord& image, std::set<std::string>& names) {
  names.insert(name_of(image));
  for (const ImageLayer& layer : image.layers) names.insert(name_of(layer));
}

}  // namespace hearth::services::lambda
