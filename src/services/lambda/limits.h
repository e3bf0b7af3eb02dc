// What Lambda allows, as its documentation and the published model state it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace hearth::services::lambda::limits {

inline constexpr size_t kFunctionNameMax = 64;
inline constexpr uint64_t kZippedCodeBytesMax = 52'428'800;
inline constexpr uint64_t kUnzippedCodeBytesMax = 262'144'000;
inline constexpr uint64_t kImageBytesMax = uint64_t{10} << 30;
inline constexpr uint64_t kImageEntriesMax = 2'000'000;  // ours: files, folders and links
inline constexpr size_t kImageSettingsBytesMax = 16 * 1024;
inline constexpr uint64_t kTotalCodeBytesMax = 80'530'636'800;
inline constexpr size_t kEnvironmentBytesMax = 4096;
inline constexpr size_t kLayersMax = 5;
inline constexpr int kTimeoutSecondsMax = 900;
inline constexpr int kMemoryMibMax = 10240;
inline constexpr int kTmpMibMax = 10240;
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kTagKeyMax = 128;
inline constexpr size_t kTagValueMax = 256;
inline constexpr size_t kPolicyBytesMax = 20 * 1024;
inline constexpr size_t kClientContextBytesMax = 3583;
// Of an asynchronous invoke; api/lambda.toml has it for callers.
inline constexpr size_t kEventBytesMax = 1'048'576;
// Of a request to a function's URL.
inline constexpr uint64_t kUrlBodyBytesMax = 6 * 1024 * 1024;
// A page of functions or versions holds no more, whatever MaxItems says.
inline constexpr size_t kPageMax = 50;

}  // namespace hearth::services::lambda::limits
