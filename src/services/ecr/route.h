// What a request to the distribution API is about, by its path.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::services::ecr {

struct RegistryRoute {
  enum class Kind : uint8_t {
    kPing,       // /v2/
    kCatalog,    // /v2/_catalog
    kTags,       // /v2/NAME/tags/list
    kManifest,   // /v2/NAME/manifests/TAG-OR-DIGEST
    kReferrers,  // /v2/NAME/referrers/DIGEST
    kBlob,       // /v2/NAME/blobs/DIGEST
    kUploads,    // /v2/NAME/blobs/uploads/
    kUpload,     // /v2/NAME/blobs/uploads/ID
  };
  Kind kind = Kind::kPing;
  std::string repository = {};
  std::string reference = {};

  // Of a raw path; nothing where it is no such path. A name may have slashes, and any of these words in it.
  static std::optional<RegistryRoute> parse(std::string_view path);
};

// The value of a parameter, decoded; nothing where it is not given.
std::optional<std::string> parameter_of(std::string_view raw_query, std::string_view name);

// The bytes that a chunk of an upload says to be: "0-99", or "bytes 0-99/100".
struct ChunkRange {
  uint64_t first = 0;
  uint64_t last = 0;
  bool operator==(const ChunkRange&) const = default;
};
std::optional<ChunkRange> parse_chunk_range(std::string_view header);

}  // namespace hearth::services::ecr
