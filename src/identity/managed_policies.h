// The policies that AWS itself manages, arn:aws:iam::aws:policy/<path/><name>: a table made at build time
// (tools/managed_policies.py) of the documents as they were collected from the service. Of each, its default
// version is known and no other.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hearth::identity {

struct ManagedPolicy {
  std::string_view name;
  std::string_view path;
  int64_t version = 1;  // the default one
  int64_t created_seconds = 0;
  int64_t updated_seconds = 0;
  std::string_view document;

  std::string arn() const;
  std::string id() const;  // ANPA..., the same at all times
  TimePoint created() const { return TimePoint(std::chrono::seconds(created_seconds)); }
  TimePoint updated() const { return TimePoint(std::chrono::seconds(updated_seconds)); }
};

// By their ARNs, in order.
std::span<const ManagedPolicy> managed_policies();
// Null when there is none with this ARN.
const ManagedPolicy* find_managed_policy(std::string_view arn);

}  // namespace hearth::identity
