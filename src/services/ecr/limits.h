// Quotas, as the service has them for everyone.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hearth::services::ecr::limits {

inline constexpr size_t kRepositoriesMax = 100'000;  // of an account and region
inline constexpr size_t kTagsMax = 50;               // of a repository
inline constexpr size_t kImageTagsMax = 1000;        // of an image
inline constexpr size_t kTagBytesMax = 128;          // of an image's tag
inline constexpr uint64_t kLayerBytesMax = uint64_t{52'000} << 20U;
inline constexpr uint64_t kPartBytes = uint64_t{20} << 20U;  // what clients are told to send at a time
inline constexpr uint64_t kPartBytesMin = uint64_t{5} << 20U;
inline constexpr size_t kPartsMax = 4200;  // of an upload: what its row has room for, and more than the layer
inline constexpr size_t kManifestsBytesMax = size_t{32} << 20U;  // of one answer
inline constexpr size_t kPageDefault = 100;
inline constexpr size_t kRegistryPageDefault = 1000;  // of the distribution API
inline constexpr std::chrono::hours kTokenLife{12};
inline constexpr std::chrono::hours kLinkLife{1};
// Uploads that nobody goes on with, and layers of which no image came.
inline constexpr std::chrono::hours kUploadLife{24};

}  // namespace hearth::services::ecr::limits
