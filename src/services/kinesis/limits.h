// Quotas, as the service has them for everyone.
#pragma once
#include <chrono>
#include <cstdint>

namespace hearth::services::kinesis::limits {

inline constexpr int64_t kRetentionHoursMin = 24;
inline constexpr int64_t kRetentionHoursMax = 8760;
inline constexpr int64_t kShardsMax = 20'000;  // of an account and region
inline constexpr int64_t kOnDemandShards = 4;  // of a new stream
inline constexpr int64_t kOnDemandStreamsMax = 50;
inline constexpr size_t kRecordBytesMax = 1024 * 1024;  // data and partition key
inline constexpr size_t kPutBytesMax = 5 * 1024 * 1024;
inline constexpr int64_t kGetRecordsMax = 10'000;
inline constexpr size_t kGetBytesMax = 10 * 1024 * 1024;
inline constexpr std::chrono::minutes kIteratorLife{5};
inline constexpr std::chrono::minutes kSubscriptionLife{5};
inline constexpr size_t kTagsMax = 50;
inline constexpr int64_t kConsumersMax = 20;  // of a stream

}  // namespace hearth::services::kinesis::limits
