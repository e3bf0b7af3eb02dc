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
// Of a durable execution. What a step or a context gave, a callback's answer and the input of a chained
// invoke; all fields of an error together; the result of an execution that somebody waits for, and of others.
inline constexpr int64_t kDurableOperationsMax = 3000;
inline constexpr int64_t kDurableBytesMax = 100 * 1024 * 1024;
inline constexpr size_t kDurablePayloadBytesMax = 1'048'576;
inline constexpr size_t kDurableErrorBytesMax = 1'048'576;
inline constexpr size_t kDurableResultBytesMax = 6'291'456;
inline constexpr size_t kDurableAsyncResultBytesMax = 1'048'576;
// Of one checkpoint, so that it is one transaction.
inline constexpr size_t kCheckpointBytesMax = 7 * 1024 * 1024;
inline constexpr int64_t kDurableTimeoutSecondsDefault = 86'400;
inline constexpr int64_t kDurableTimeoutSecondsMax = 31'622'400;
inline constexpr int64_t kDurableRetentionDaysDefault = 14;
inline constexpr int64_t kSynchronousSecondsMax = 900;
// A page of functions or versions holds no more, whatever MaxItems says.
inline constexpr size_t kPageMax = 50;

}  // namespace hearth::services::lambda::limits
