// What the listings have in common: their parameters, and the encoding of what they show.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace hearth::services::s3 {

struct ListOptions {
  std::string prefix;
  std::string delimiter;
  std::string after;  // entries behind this one
  size_t entries_max = 0;
  bool owners = false;                        // of objects are told
  std::optional<TimePoint> restored_at = {};  // what is restored at this moment is told; else not

  // The prefix that stands for this key and others; empty where the key stands for itself.
  std::string common_prefix(const std::string& key) const;
};

// max-keys, max-uploads, max-parts: absent and too many mean a thousand.
Result<size_t> entries_max_of(std::optional<int32_t> given, std::string_view parameter);

// Shows keys as they are, or as the client asked with encoding-type.
class Shown {
 public:
  static Result<Shown> from(const std::optional<std::string>& encoding_type);
  std::string text(const std::string& key) const;
  bool encodes() const { return encodes_; }

 private:
  bool encodes_ = false;
};

}  // namespace hearth::services::s3
