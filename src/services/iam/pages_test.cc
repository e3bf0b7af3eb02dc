// Promise: your AWS code runs unchanged: pages join without gaps, and the roles of services are whole.
#include <gtest/gtest.h>

#include <numeric>

#include "identity/managed_policies.h"
#include "services/iam/paging.h"
#include "services/iam/service_linked_roles.h"

namespace hearth::services::iam {
namespace {

struct Input {
  std::optional<std::string> marker;
  std::optional<int32_t> max_items;
};
struct Output {
  std::optional<bool> is_truncated;
  std::optional<std::string> marker;
};

TEST(Pages, OfAShortListJoinWithoutGaps) {
  std::vector<int> all(25);
  std::iota(all.begin(), all.end(), 0);
  for (const int32_t size : {1, 7, 24, 25, 26, 1000}) {
    std::vector<int> joined;
    Input input{.max_items = size};
    for (;;) {
      const auto given = page_of(all, PageRequest::of(input).value()).value();
      EXPECT_LE(given.first.size(), static_cast<size_t>(size));
      joined.insert(joined.end(), given.first.begin(), given.first.end());
      Output output;
      end_page(output, given.second);
      EXPECT_EQ(output.is_truncated, output.marker.has_value());
      if (!output.marker) break;
      input.marker = output.marker;
    }
    EXPECT_EQ(joined, all) << size;
  }
}

TEST(Pages, MarkersThatNobodyGaveAreRefused) {
  for (const char* marker : {"", "?", "AAAA", "NQ==NQ=="}) {
    const auto page = PageRequest::of(Input{.marker = marker});
    if (page) EXPECT_FALSE(page_of(std::vector<int>(3), *page)) << marker;
  }
  const auto beyond = PageRequest::of(Input{.marker = base64_encode("99")});
  EXPECT_TRUE(page_of(std::vector<int>(3), beyond.value())->first.empty());
}

TEST(ServiceRoles, HaveThePoliciesThatTheyName) {
  for (const char* service : {"lambda.amazonaws.com", "ecs.amazonaws.com", "autoscaling.amazonaws.com",
                              "dynamodb.application-autoscaling.amazonaws.com"}) {
    const ServiceRole* role = find_service_role(service);
    ASSERT_TRUE(role) << service;
    EXPECT_TRUE(role->name.starts_with("AWSServiceRoleFor"));
    EXPECT_TRUE(identity::find_managed_policy("arn:aws:iam::aws:policy/aws-service-role/" +
                                              std::string(role->policy)))
        << role->policy;
  }
  EXPECT_FALSE(find_service_role("nobody.amazonaws.com"));
}

}  // namespace
}  // namespace hearth::services::iam
