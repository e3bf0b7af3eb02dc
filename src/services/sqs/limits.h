// The service's quotas.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hearth::services::sqs::limits {

inline constexpr size_t kNameMax = 80;
inline constexpr int64_t kVisibilityMaxS = 43'200;  // from the first moment of a receive, in all
inline constexpr int64_t kDelayMaxS = 900;
inline constexpr int64_t kWaitMaxS = 20;
inline constexpr int64_t kRetentionMinS = 60;
inline constexpr int64_t kRetentionMaxS = 1'209'600;
inline constexpr int64_t kMessageBytesMin = 1024;
inline constexpr int64_t kMessageBytesMax = 1'048'576;  // of a batch too
inline constexpr size_t kBatchMax = 10;
inline constexpr int64_t kReceiveMax = 10;
inline constexpr size_t kAttributesMax = 10;
inline constexpr size_t kAttributeNameMax = 256;
inline constexpr size_t kIdMax = 128;  // of groups and deduplication
inline constexpr int64_t kReceivesMax = 1000;
inline constexpr size_t kInFlightMax = 120'000;
inline constexpr int64_t kDeduplicationUs = 5LL * 60 * 1'000'000;
inline constexpr int64_t kPageMax = 1000;
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kStatementsMax = 20;
inline constexpr size_t kActionsMax = 7;  // of a statement
inline constexpr size_t kSourceQueuesMax = 10;
inline constexpr int64_t kMoveRateMax = 500;
inline constexpr std::chrono::seconds kBetweenPurges{60};
inline constexpr std::chrono::seconds kBeforeRecreation{60};

}  // namespace hearth::services::sqs::limits
