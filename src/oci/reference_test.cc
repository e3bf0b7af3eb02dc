// Promise: an image's name means what it means to docker and to ECR, and nothing that is no name passes for
// one.
#include "oci/reference.h"

#include <gtest/gtest.h>

namespace hearth::oci {
namespace {

const std::string kDigest = Digest::of("x").text();

TEST(OciReference, ReadsAllItsParts) {
  const auto full = Reference::parse("000000000000.dkr.ecr.us-east-1.amazonaws.com/team/app:v1.2@" + kDigest);
  ASSERT_TRUE(full);
  EXPECT_EQ(full->host, "000000000000.dkr.ecr.us-east-1.amazonaws.com");
  EXPECT_EQ(full->repository, "team/app");
  EXPECT_EQ(full->tag, "v1.2");
  EXPECT_EQ(full->wanted(), kDigest);
  EXPECT_EQ(full->text(), "000000000000.dkr.ecr.us-east-1.amazonaws.com/team/app:v1.2@" + kDigest);
}

TEST(OciReference, WithoutATagItIsTheLatest) {
  EXPECT_EQ(Reference::parse("localhost:5000/app")->wanted(), "latest");
  EXPECT_EQ(Reference::parse("localhost/app@" + kDigest)->tag, "");
  EXPECT_EQ(Reference::parse("[::1]:5000/app:1")->host, "[::1]:5000");
}

TEST(OciReference, RefusesWhatIsNoName) {
  for (const std::string& text : {std::string(),
                                  std::string("app"),
                                  std::string("library/app"),
                                  std::string("-bad.com/app"),
                                  std::string("a.b/"),
                                  std::string("a.b/App"),
                                  std::string("a.b/a//b"),
                                  std::string("a.b/../etc"),
                                  std::string("a.b/a..b"),
                                  std::string("a.b/a___b"),
                                  std::string("a.b/app:"),
                                  std::string("a.b/app:-x"),
                                  std::string("a.b/app:a/b"),
                                  std::string("a.b/app@sha256:12"),
                                  std::string("a.b:99999/app"),
                                  std::string("a.b:/app"),
                                  "a.b/app:" + std::string(129, 'x'),
                                  "a.b/" + std::string(256, 'x'),
                                  std::string("http://a.b/app"),
                                  std::string("a.b/app ")}) {
    const auto parsed = Reference::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "ReferenceInvalid");
  }
}

TEST(OciReference, SeparatorsOfNamesAreThoseOfTheGrammar) {
  EXPECT_TRUE(is_repository_name("a/b-c/d__e/f.g/h--i"));
  EXPECT_FALSE(is_repository_name("a-"));
  EXPECT_FALSE(is_repository_name("a.-b"));
  EXPECT_TRUE(is_tag("_A.b-c"));
  EXPECT_TRUE(is_tag(std::string(128, 't')));
}

}  // namespace
}  // namespace hearth::oci
