// ARNs of buckets and objects, which name neither a region nor an account.
#pragma once
#include <string>
#include <string_view>

namespace hearth::services::s3 {

inline constexpr std::string_view kBucketArnPrefix = "arn:aws:s3:::";

inline std::string bucket_arn(std::string_view bucket) {
  return std::string(kBucketArnPrefix).append(bucket);
}
inline std::string object_arn(std::string_view bucket, std::string_view key) {
  return bucket_arn(bucket).append("/").append(key);
}

}  // namespace hearth::services::s3
