// Promise: your AWS code runs unchanged.
// Names of layers are read, and sizes are refused, as the service does it.
#include "services/lambda/layer_use.h"

#include <gtest/gtest.h>

#include "services/lambda/limits.h"

namespace hearth::services::lambda {
namespace {

constexpr auto kMax = static_cast<int64_t>(limits::kUnzippedCodeBytesMax);

const wire::Call kCall{.account = "123456789012", .region = "eu-west-1"};
const std::string kArn = "arn:aws:lambda:eu-west-1:123456789012:layer:l";

VersionRecord with_sizes(int64_t code, const std::vector<int64_t>& layers) {
  VersionRecord record{.unzipped_bytes = code};
  for (const int64_t bytes : layers) record.layers.push_back({.unzipped_bytes = bytes});
  return record;
}

TEST(LayerUse, CodeAndLayersShareOneLimit) {
  EXPECT_TRUE(check_unzipped_size(with_sizes(kMax - 2, {1, 1})));
  const auto together = check_unzipped_size(with_sizes(kMax - 1, {1, 1}));
  ASSERT_FALSE(together);
  EXPECT_EQ(
      together.error().message,
      "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual "
      "size is 262144001 bytes.");
  const auto alone = check_unzipped_size(with_sizes(0, {kMax, 1}));
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().message, "Layers consume more than the available size of 262144000 bytes");
}

TEST(LayerRefs, NamesAndArnsMeanTheSame) {
  for (const std::string& text : {std::string("l"), kArn}) {
    const auto ref = LayerRef::parse(kCall, text, 3);
    ASSERT_TRUE(ref) << text;
    EXPECT_EQ(ref->version_arn(), kArn + ":3");
  }
  EXPECT_EQ(LayerRef::parse_version_arn(kCall, kArn + ":12")->version, 12);
}

TEST(LayerRefs, VersionsBeginWithOne) {
  for (const auto& ref : {LayerRef::parse(kCall, "l", 0), LayerRef::parse_version_arn(kCall, kArn + ":0")}) {
    ASSERT_FALSE(ref);
    EXPECT_EQ(ref.error().message, "Layer Version Cannot be less than 1");
  }
}

TEST(LayerRefs, OtherRegionsAreNotReachable) {
  const auto ref = LayerRef::parse(kCall, "arn:aws:lambda:us-east-1:123456789012:layer:l");
  ASSERT_FALSE(ref);
  EXPECT_EQ(ref.error().code, "ResourceNotFoundException");
}

}  // namespace
}  // namespace hearth::services::lambda
