// Names of buckets and keys.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::s3 {

Status check_bucket_name(const std::string& name);
Status check_key(const std::string& key);

// What a path with the bucket as its first segment names, decoded; text that cannot be decoded stands as it
// is.
struct ResourcePath {
  std::string bucket;
  std::string key;  // empty: the bucket itself
};
ResourcePath split_path(std::string_view path);

// How listings show text when the client asked for encoding-type=url: '/' stays, a blank becomes '+'.
std::string url_encoded(std::string_view text);

}  // namespace hearth::services::s3
