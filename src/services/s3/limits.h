// Quotas of S3, as the vendor publishes them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace hearth::services::s3::limits {

inline constexpr uint64_t kPutBytesMax = uint64_t{5} << 30;  // of one request, part or copy
inline constexpr uint64_t kPartBytesMin = 5 << 20;           // but for the last
inline constexpr int64_t kPartsMax = 10'000;
inline constexpr size_t kKeyBytesMax = 1024;
inline constexpr size_t kBucketNameMin = 3, kBucketNameMax = 63;
inline constexpr size_t kBucketsOfAccountMax = 10'000;
inline constexpr size_t kAccessPointsMax = 10'000;  // of an account in a region, of each kind
inline constexpr size_t kMetadataBytesMax = 2048;
inline constexpr size_t kObjectTagsMax = 10, kBucketTagsMax = 50;
inline constexpr size_t kTagKeyMax = 128, kTagValueMax = 256;  // characters
inline constexpr size_t kPolicyBytesMax = 20 * 1024;
inline constexpr size_t kGrantsMax = 100;
inline constexpr size_t kCorsRulesMax = 100, kCorsIdMax = 255;
inline constexpr size_t kFormFieldsBytesMax = 20 * 1024;
inline constexpr size_t kRoutingRulesMax = 50, kRedirectLocationMax = 2048;
inline constexpr size_t kLifecycleRulesMax = 1000, kRuleIdMax = 255;
inline constexpr int32_t kNewerVersionsMax = 100;
inline constexpr uint64_t kMovedBytesMin = 128 * 1024;  // smaller objects stay in their storage class
inline constexpr size_t kConfigurationsMax = 1000;      // with ids, of each kind
inline constexpr size_t kConfigurationPage = 100;
inline constexpr size_t kDeleteMax = 1000;
inline constexpr int64_t kRetentionDaysMax = 36'500, kRetentionYearsMax = 100;
inline constexpr int32_t kPageMax = 1000;
inline constexpr size_t kRowBodyBytesMax = 32 * 1024;  // ours: bodies up to this lie in the store

}  // namespace hearth::services::s3::limits
