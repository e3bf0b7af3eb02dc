// Promise: your AWS code runs unchanged: paths of the distribution API mean what its clients mean.
#include "services/ecr/route.h"

#include <gtest/gtest.h>

namespace hearth::services::ecr {
namespace {

using Kind = RegistryRoute::Kind;

void expect(std::string_view path, Kind kind, std::string_view repository, std::string_view reference) {
  const auto route = RegistryRoute::parse(path);
  ASSERT_TRUE(route) << path;
  EXPECT_EQ(route->kind, kind) << path;
  EXPECT_EQ(route->repository, repository) << path;
  if (kind != Kind::kTags && kind != Kind::kUploads) EXPECT_EQ(route->reference, reference) << path;
}

TEST(RegistryRoute, KnowsEachKind) {
  expect("/v2", Kind::kPing, "", "");
  expect("/v2/", Kind::kPing, "", "");
  expect("/v2/_catalog", Kind::kCatalog, "", "");
  expect("/v2/a/b/tags/list", Kind::kTags, "a/b", "");
  expect("/v2/a/manifests/v1", Kind::kManifest, "a", "v1");
  expect("/v2/a/manifests/sha256%3Aabc", Kind::kManifest, "a", "sha256:abc");
  expect("/v2/a/referrers/sha256:abc", Kind::kReferrers, "a", "sha256:abc");
  expect("/v2/a/blobs/sha256:abc", Kind::kBlob, "a", "sha256:abc");
  expect("/v2/a/blobs/uploads", Kind::kUploads, "a", "");
  expect("/v2/a/blobs/uploads/", Kind::kUploads, "a", "");
  expect("/v2/a/blobs/uploads/1-2", Kind::kUpload, "a", "1-2");
}

TEST(RegistryRoute, ReadsFromTheEndAsNamesMayHaveTheWords) {
  expect("/v2/blobs/uploads/manifests/v1", Kind::kManifest, "blobs/uploads", "v1");
  expect("/v2/manifests/blobs/uploads/id", Kind::kUpload, "manifests", "id");
  expect("/v2/tags/list/tags/list", Kind::kTags, "tags/list", "");
}

TEST(RegistryRoute, RefusesWhatIsNone) {
  for (const char* path : {"", "/", "/v1/", "/v2x", "/v2/a", "/v2/a/b/c", "/v2/manifests/v1",
                           "/v2//manifests/v1", "/v2/A/manifests/v1", "/v2/a//b/manifests/v1", "/v2/%",
                           "/v2/%00/manifests/v1", "/v2/a/uploads/id", "/v2/../blobs/x"}) {
    EXPECT_FALSE(RegistryRoute::parse(path)) << path;
  }
}

TEST(RegistryRoute, FindsParameters) {
  EXPECT_EQ(parameter_of("a=1&digest=sha256%3Aab&b", "digest"), "sha256:ab");
  EXPECT_EQ(parameter_of("a=1&digest=x", "a"), "1");
  EXPECT_EQ(parameter_of("b", "b"), "");
  EXPECT_EQ(parameter_of("xa=1", "a"), std::nullopt);
  EXPECT_EQ(parameter_of("", "a"), std::nullopt);
  EXPECT_EQ(parameter_of("a=%z", "a"), std::nullopt);
}

TEST(ChunkRange, ReadsBothForms) {
  EXPECT_EQ(parse_chunk_range("0-9"), (ChunkRange{0, 9}));
  EXPECT_EQ(parse_chunk_range("bytes 5-5/100"), (ChunkRange{5, 5}));
  for (const char* text : {"", "-", "5", "5-", "-5", "9-0", "a-b", "bytes=0-9", "0-99999999999999999999"}) {
    EXPECT_EQ(parse_chunk_range(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hearth::services::ecr
