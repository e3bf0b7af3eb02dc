// Promise: an image's name is that of a registry or of a place in files, and what is neither is refused.
#include "oci/image_name.h"

#include <gtest/gtest.h>

namespace hearth::oci {
namespace {

TEST(OciImageName, IsOfARegistryOrOfFiles) {
  const Digest digest = Digest::of("x");
  const auto remote = ImageName::parse("localhost:5000/team/app:v1");
  EXPECT_EQ(remote->kind, ImageName::Kind::kRegistry);
  EXPECT_EQ(remote->resolved(digest), "localhost:5000/team/app@" + digest.text());
  const auto layout = ImageName::parse("oci:/srv/app:v1");
  EXPECT_EQ(layout->kind, ImageName::Kind::kLayout);
  EXPECT_EQ(layout->path, "/srv/app");
  EXPECT_EQ(layout->tag, "v1");
  EXPECT_EQ(layout->resolved(digest), "oci:/srv/app@" + digest.text());
  const auto pinned = ImageName::parse(layout->resolved(digest));
  EXPECT_EQ(pinned->path, "/srv/app");
  EXPECT_EQ(pinned->digest, digest);
  const std::string docker = "docker-archive:/srv/app.tar:team/app:v1@" + digest.text();
  EXPECT_EQ(ImageName::parse(docker)->resolved(digest), docker);
  EXPECT_EQ(ImageName::parse("oci:/srv/a@b:v1")->path, "/srv/a@b");
  EXPECT_FALSE(ImageName::parse("oci:/srv/app@sha256:12"));
  EXPECT_EQ(ImageName::parse("oci-archive:/srv/app.tar")->kind, ImageName::Kind::kArchive);
  EXPECT_EQ(ImageName::parse("docker-archive:/srv/app.tar:team/app:v1")->tag, "team/app:v1");
}

TEST(OciImageName, RefusesPathsThatAreNotAbsoluteAndOtherKinds) {
  for (const char* text :
       {"oci:app", "oci:", "docker-archive:../x", "dir:/srv/app", "containers-storage:x", "/srv/app", ""}) {
    const auto name = ImageName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, "ReferenceInvalid");
  }
}

}  // namespace
}  // namespace hearth::oci
