// Lifecycle policies: which images of a repository go. Pure: rules and a list of images in, digests out.
//
//   {"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan",
//    "countNumber": 5}, "action": {"type": "expire"}}]}
//
// Every rule looks at all images that it selects, and marks those beyond its count or age, from the oldest
// on. An image that rules of a higher priority (a lower number) select is theirs to expire alone.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "base/result.h"

namespace hearth::services::ecr {

struct AgedImage {
  std::string digest;
  std::vector<std::string> tags;
  TimePoint pushed;
};

class Lifecycle {
 public:
  // The error's message says what is wrong.
  static Result<Lifecycle> parse(std::string_view text);

  // The digests of those that go.
  std::vector<std::string> expired(std::vector<AgedImage> images, TimePoint now) const;

 private:
  enum class Tagged : uint8_t { kTagged, kUntagged, kAny };

  struct Rule {
    int64_t priority = 0;
    Tagged tagged = Tagged::kAny;
    std::vector<std::string> patterns;  // each must match one of the image's tags
    std::optional<int64_t> days;        // older than this; else more than `count`
    int64_t count = 0;

    bool selects(const AgedImage& image) const;
  };

  static Result<Rule> read_rule(const json::object& object);
  static Status read_selection(const json::object& object, Rule& rule);
  static Status check(const std::vector<Rule>& rules);

  std::vector<Rule> rules_;  // by priority
};

}  // namespace hearth::services::ecr
