#include "oci/manifest.h"

#include <fmt/format.h>

#include "base/json.h"

namespace hearth::oci {
namespace {

const json::value* member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found && !found->is_null() ? found : nullptr;
}

// The readers of members: what is absent is empty, what has another type is an error.
Result<std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* found = member(object, name);
  if (!found) return std::string();
  if (!found->is_string()) return fail("", fmt::format("{} is not a string", name));
  return std::string(found->get_string());
}

Result<std::vector<std::string>> texts_of(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* found = member(object, name);
  if (!found) return texts;
  if (!found->is_array()) return fail("", fmt::format("{} is not a list", name));
  for (const json::value& one : found->get_array()) {
    if (!one.is_string()) return fail("", fmt::format("{} has an entry that is not a string", name));
    // It becomes an argument or a variable of a process, which ends at a zero byte.
    if (one.get_string().find('\0') != json::string::npos)
      return fail("", fmt::format("{} has an entry with a zero byte", name));
    texts.emplace_back(one.get_string());
  }
  return texts;
}

Result<Digest> digest_of(const json::value& value) {
  if (!value.is_string()) return fail("", "a digest is not a string");
  return Digest::parse(value.get_string());
}

Result<Platform> read_platform(const json::object& object) {
  Platform platform;
  TRY_SYNC(platform.os, text_of(object, "os"));
  TRY_SYNC(platform.architecture, text_of(object, "architecture"));
  TRY_SYNC(platform.variant, text_of(object, "variant"));
  return platform;
}

Result<Descriptor> read_descriptor(const json::value& value) {
  if (!value.is_object()) return fail("", "a descriptor is not an object");
  const json::object& object = value.get_object();
  const json::value* digest = member(object, "digest");
  const json::value* size = member(object, "size");
  if (!digest) return fail("", "a descriptor has no digest");
  if (!size || !size->is_int64() || size->get_int64() < 0) return fail("", "a descriptor has no size");
  TRY_SYNC(Digest parsed, digest_of(*digest));
  Descriptor descriptor{.digest = std::move(parsed), .size_bytes = static_cast<uint64_t>(size->get_int64())};
  TRY_SYNC(descriptor.media_type, text_of(object, "mediaType"));
  if (descriptor.media_type.empty()) return fail("", "a descriptor has no media type");
  TRY_SYNC(descriptor.artifact_type, text_of(object, "artifactType"));
  if (const json::value* annotations = member(object, "annotations")) {
    if (!annotations->is_object()) return fail("", "annotations are not an object");
    TRY_SYNC(descriptor.ref_name, text_of(annotations->get_object(), "org.opencontainers.image.ref.name"));
  }
  if (const json::value* platform = member(object, "platform")) {
    if (!platform->is_object()) return fail("", "a platform is not an object");
    TRY_SYNC(descriptor.platform, read_platform(platform->get_object()));
  }
  return descriptor;
}

Result<std::vector<Descriptor>> read_descriptors(const json::object& object, std::string_view name,
                                                 size_t count_max) {
  const json::value* found = member(object, name);
  if (!found || !found->is_array()) return fail("", fmt::format("{} is not a list", name));
  if (found->get_array().size() > count_max)
    return fail("", fmt::format("{} has more than {} entries", name, count_max));
  std::vector<Descriptor> descriptors;
  for (const json::value& one : found->get_array()) {
    TRY_SYNC(Descriptor descriptor, read_descriptor(one));
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

Result<json::object> read_object(std::string_view bytes, size_t bytes_max) {
  if (bytes.size() > bytes_max) return fail("", fmt::format("it is larger than {} bytes", bytes_max));
  TRY_SYNC(json::value document, parse_json(bytes));
  if (!document.is_object()) return fail("", "it is not an object");
  return std::move(document.get_object());
}

// The media type by what the document says and by what its bearer said; OCI lets a document be silent.
Result<std::string> type_of(const json::object& object, std::string_view type) {
  TRY_SYNC(std::string own, text_of(object, "mediaType"));
  if (!own.empty() && !type.empty() && own != type) {
    return fail("", fmt::format("its media type is {}, not {}", own, type));
  }
  if (own.empty()) own = type;
  if (own.empty()) own = object.contains("manifests") ? media_type::kOciIndex : media_type::kOciManifest;
  return own;
}

Result<Manifest> read_manifest(std::string_view bytes, std::string_view type) {
  TRY_SYNC(const json::object object, read_object(bytes, kManifestBytesMax));
  Manifest manifest;
  TRY_SYNC(manifest.media_type, type_of(object, type));
  if (!media_type::is_manifest(manifest.media_type) && !manifest.is_index()) {
    return fail("ManifestUnsupported", fmt::format("{} is no manifest of an image", manifest.media_type));
  }
  const json::value* version = member(object, "schemaVersion");
  if (!version || !version->is_int64() || version->get_int64() != 2)
    return fail("", "its schema version is not 2");
  TRY_SYNC(manifest.artifact_type, text_of(object, "artifactType"));
  if (const json::value* subject = member(object, "subject")) {
    TRY_SYNC(manifest.subject, read_descriptor(*subject));
  }
  if (manifest.is_index()) {
    TRY_SYNC(manifest.manifests, read_descriptors(object, "manifests", kIndexEntriesMax));
    return manifest;
  }
  const json::value* config = member(object, "config");
  if (!config) return fail("", "it has no config");
  TRY_SYNC(manifest.config, read_descriptor(*config));
  TRY_SYNC(manifest.layers, read_descriptors(object, "layers", kLayersMax));
  return manifest;
}

Status read_process(const json::object& document, Config& config) {
  const json::value* found = member(document, "config");
  if (!found) return {};
  if (!found->is_object()) return fail("", "config is not an object");
  const json::object& object = found->get_object();
  TRY_SYNC(config.entry_point, texts_of(object, "Entrypoint"));
  TRY_SYNC(config.command, texts_of(object, "Cmd"));
  TRY_SYNC(config.environment, texts_of(object, "Env"));
  TRY_SYNC(config.working_directory, text_of(object, "WorkingDir"));
  TRY_SYNC(config.user, text_of(object, "User"));
  if (config.working_directory.contains('\0')) return fail("", "WorkingDir has a zero byte");
  return {};
}

Result<Config> read_config(std::string_view bytes) {
  TRY_SYNC(const json::object object, read_object(bytes, kConfigBytesMax));
  Config config;
  TRY_SYNC(config.platform, read_platform(object));
  TRY_SYNC_VOID(read_process(object, config));
  const json::value* rootfs = member(object, "rootfs");
  if (!rootfs || !rootfs->is_object()) return fail("", "it has no rootfs");
  const json::value* ids = member(rootfs->get_object(), "diff_ids");
  if (!ids || !ids->is_array()) return fail("", "diff_ids is not a list");
  if (ids->get_array().size() > kLayersMax) return fail("", "it has too many layers");
  for (const json::value& one : ids->get_array()) {
    TRY_SYNC(Digest id, digest_of(one));
    config.diff_ids.push_back(std::move(id));
  }
  return config;
}

// Errors of the parts under one code, but for those that have one of their own.
Error named(Error error, std::string code, std::string_view what) {
  if (error.code != "ManifestUnsupported") error.code = std::move(code);
  error.message = fmt::format("The {} is not valid: {}", what, error.message);
  return error;
}

}  // namespace

bool media_type::is_manifest(std::string_view media_type) {
  return media_type == kDockerManifest || media_type == kOciManifest;
}

bool media_type::is_index(std::string_view media_type) {
  return media_type == kDockerIndex || media_type == kOciIndex;
}

std::optional<Compression> layer_compression(std::string_view media_type) {
  if (media_type == "application/vnd.docker.image.rootfs.diff.tar.gzip" ||
      media_type == "application/vnd.oci.image.layer.v1.tar+gzip") {
    return Compression::kGzip;
  }
  if (media_type == "application/vnd.docker.image.rootfs.diff.tar" ||
      media_type == "application/vnd.oci.image.layer.v1.tar") {
    return Compression::kNone;
  }
  if (media_type == "application/vnd.docker.image.rootfs.diff.tar.zstd" ||
      media_type == "application/vnd.oci.image.layer.v1.tar+zstd") {
    return Compression::kZstd;
  }
  return std::nullopt;
}

Result<Manifest> parse_manifest(std::string_view bytes, std::string_view type) {
  auto manifest = read_manifest(bytes, type);
  if (!manifest) return fail(named(std::move(manifest).error(), "ManifestInvalid", "manifest"));
  return manifest;
}

Result<Config> parse_config(std::string_view bytes) {
  auto config = read_config(bytes);
  if (!config) return fail(named(std::move(config).error(), "ConfigInvalid", "image's configuration"));
  return config;
}

}  // namespace hearth::oci
