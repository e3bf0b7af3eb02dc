// The documents of an image: its manifest (layers and configuration by digest), the index of several for
// different platforms, and the configuration. Docker's schema 2 and OCI's are one form with two sets of media
// types.
//
// What is read here came from outside: all of it is checked, and bounded by the limits below.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/digest.h"

namespace hearth::oci {

inline constexpr size_t kManifestBytesMax = size_t{4} << 20;  // what registries take
inline constexpr size_t kConfigBytesMax = size_t{8} << 20;
inline constexpr size_t kLayersMax = 127;  // as Docker
inline constexpr size_t kIndexEntriesMax = 1024;

namespace media_type {
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";

bool is_manifest(std::string_view media_type);  // of one image
bool is_index(std::string_view media_type);
}  // namespace media_type

struct Platform {
  std::string os;
  std::string architecture;  // as Go names it: amd64, arm64
  std::string variant;
  bool operator==(const Platform&) const = default;
};

// Content by its digest, somewhere else.
struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size_bytes = 0;
  std::optional<Platform> platform;  // in an index
  std::string artifact_type;
  std::string ref_name;  // what a layout calls it: org.opencontainers.image.ref.name
  bool operator==(const Descriptor&) const = default;
};

enum class Compression : uint8_t { kNone, kGzip, kZstd };
// Of a layer's file; nothing for what is no layer that can be had: other media types, and layers that a
// registry may not give away.
std::optional<Compression> layer_compression(std::string_view media_type);

struct Manifest {
  std::string media_type;
  std::optional<Descriptor> config;  // an image has one, an index none
  std::vector<Descriptor> layers;
  std::vector<Descriptor> manifests;  // of an index
  std::optional<Descriptor> subject;  // what this one is about (signatures and the like)
  std::string artifact_type;

  bool is_index() const { return media_type::is_index(media_type); }
};

// `type` is what the document was handed over as; empty where that is not known, and then the document says
// it itself. Codes: "ManifestInvalid"; "ManifestUnsupported" for media types that are neither an image nor an
// index.
Result<Manifest> parse_manifest(std::string_view bytes, std::string_view type = {});

struct Config {
  Platform platform;
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::vector<std::string> environment;  // NAME=value
  std::string working_directory;
  std::string user;
  std::vector<Digest> diff_ids;  // of the layers' uncompressed bytes, in the manifest's order
};

// Code "ConfigInvalid".
Result<Config> parse_config(std::string_view bytes);

}  // namespace hearth::oci
