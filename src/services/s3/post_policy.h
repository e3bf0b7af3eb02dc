// The policy document of a browser's form: until when it may be sent, and what its fields and file may be.
// Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace hearth::services::s3 {

// By name in lower case.
using FormFields = std::map<std::string, std::string>;

class PostPolicy {
 public:
  // From base64 of JSON: "InvalidPolicyDocument" when it is none.
  static Result<PostPolicy> parse(const std::string& base64);

  // Whether the form may be sent now with these fields: "AccessDenied" otherwise. Each field must be one that
  // a condition speaks of.
  Status check(const FormFields& fields, TimePoint now) const;

  struct SizeRange {
    uint64_t min = 0, max = UINT64_MAX;
  };
  const std::optional<SizeRange>& size_range() const { return size_range_; }

 private:
  struct Condition {
    bool prefix = false;
    std::string field;  // lower case
    std::string value;
    std::string text;  // as its failure is told
  };
  void add(bool prefix, std::string_view field, std::string_view value);
  Status add_list(const json::array& items);

  TimePoint expires_;
  std::vector<Condition> conditions_;
  std::optional<SizeRange> size_range_;
};

}  // namespace hearth::services::s3
