// Names of buckets, keys and objects, and where requests have them.
#pragma once
#include <optional>
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

struct ObjectName {
  std::string bucket;
  std::string key;
  std::optional<std::string> version;
  std::optional<std::string> expected_owner;
};
// The header x-amz-copy-source: "bucket/key", or "<ARN of an access point>/object/key", with or without a
// slash before it, perhaps "?versionId=".
Result<ObjectName> parse_copy_source(const std::string& header);

// The bucket whose website a host is of; nothing when it is none.
std::optional<std::string> bucket_of_site(std::string_view host);

// How listings show text when the client asked for encoding-type=url: '/' stays, a blank becomes '+'.
std::string url_encoded(std::string_view text);

}  // namespace hearth::services::s3
