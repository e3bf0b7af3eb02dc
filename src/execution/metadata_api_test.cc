// Promise: your AWS code runs unchanged.
// Zones are called as the service calls them.
#include "execution/metadata_api.h"

#include <gtest/gtest.h>

namespace hearth::execution {
namespace {

TEST(MetadataApi, NamesZonesAsTheServiceDoes) {
  EXPECT_EQ(availability_zone_id("us-east-1"), "use1-az1");
  EXPECT_EQ(availability_zone_id("ap-southeast-2"), "apse2-az1");
  EXPECT_EQ(availability_zone_id("eu-central-1"), "euc1-az1");
  EXPECT_EQ(availability_zone_id("us-gov-west-1"), "usgw1-az1");
}

}  // namespace
}  // namespace hearth::execution
