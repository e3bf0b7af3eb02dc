// What the service allows at most (its documentation, "Quotas").
#pragma once
#include <cstddef>
#include <cstdint>

namespace hearth::services::dynamodb::limits {

inline constexpr size_t kRequestBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kItemBytesMax = 400 * 1024;
inline constexpr size_t kAttributeNameBytesMax = 65535;
inline constexpr size_t kHashKeyBytesMax = 2048;
inline constexpr size_t kRangeKeyBytesMax = 1024;
inline constexpr size_t kNameBytesMin = 3;
inline constexpr size_t kNameBytesMax = 255;
inline constexpr size_t kPageBytes = 1024 * 1024;  // of Query and Scan, of items read
inline constexpr size_t kBatchReadBytes = 16 * 1024 * 1024;
inline constexpr size_t kBatchReadKeysMax = 100;
inline constexpr size_t kBatchWritesMax = 25;
inline constexpr size_t kTransactActionsMax = 100;
inline constexpr size_t kTransactBytesMax = 4 * 1024 * 1024;  // of a request
inline constexpr int64_t kTokenMs = 10 * 60 * 1000;
inline constexpr size_t kLocalIndexesMax = 5;
inline constexpr size_t kGlobalIndexesMax = 20;
inline constexpr size_t kNonKeyAttributesMax = 100;  // of all indexes of a table together
inline constexpr size_t kIndexKeyPartsMax = 4;  // hash attributes of a global index, and range attributes
inline constexpr size_t kTagsMax = 50;
inline constexpr int64_t kSegmentsMax = 1'000'000;
inline constexpr int64_t kTablesPageMax = 100;
// What a table or index on demand is ready for from the start.
inline constexpr int64_t kWarmReads = 12'000;
inline constexpr int64_t kWarmWrites = 4'000;
inline constexpr int64_t kThroughputMax = 1'000'000'000'000;

}  // namespace hearth::services::dynamodb::limits
