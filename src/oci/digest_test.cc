// Promise: what is taken for a digest is one, so nothing else ever becomes the name of a file or of content.
#include "oci/digest.h"

#include <gtest/gtest.h>

namespace hearth::oci {
namespace {

// Of nothing, as every tool knows it.
constexpr const char* kEmpty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(OciDigest, KnowsTheHashOfNothing) {
  EXPECT_EQ(Digest::of("").text(), kEmpty);
  EXPECT_EQ(Digest::parse(kEmpty)->hex(), std::string_view(kEmpty).substr(7));
  EXPECT_EQ(Digest::of_hash(Digest::of("").sha256()), Digest::of(""));
}

TEST(OciDigest, RefusesWhatIsNotWellFormed) {
  const std::string good = kEmpty;
  for (const std::string& text :
       {std::string(), std::string("sha256:"), good.substr(7), good + "0", good.substr(0, 70),
        "sha512:" + good.substr(7), "SHA256:" + good.substr(7), "sha256:" + std::string(64, 'A'),
        "sha256:../" + good.substr(10), "sha256:" + std::string(64, 'g'),
        good.substr(0, 70) + std::string(1, '\0')}) {
    const auto parsed = Digest::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "DigestInvalid");
  }
}

}  // namespace
}  // namespace hearth::oci
