// Promise: your AWS code runs unchanged. Who attaches a policy of AWS has what it grants.
#include "identity/managed_policies.h"

#include <gtest/gtest.h>

#include "identity/policy/policy.h"

namespace hearth::identity {
namespace {

// One that cannot be read would deny everything to whoever it is attached to (directory.cc).
TEST(ManagedPolicies, EachCanBeRead) {
  ASSERT_GT(managed_policies().size(), 1000u);
  for (const ManagedPolicy& policy : managed_policies()) {
    const auto parsed = Policy::parse(policy.document, PolicyKind::kIdentity);
    EXPECT_TRUE(parsed) << policy.arn() << ": " << parsed.error().message;
  }
}

}  // namespace
}  // namespace hearth::identity
