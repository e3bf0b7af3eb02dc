// Promise: documents of images are understood in both dialects, and what is not whole is refused by name.
#include "oci/manifest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hearth::oci {
namespace {

std::string descriptor(std::string_view type, std::string_view content, std::string_view more = "") {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", type, Digest::of(content).text(),
                     content.size(), more);
}

std::string manifest(std::string_view type, std::string_view layers) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})", type,
                     descriptor(media_type::kOciConfig, "config"), layers);
}

TEST(OciManifest, BothDialectsAreOneForm) {
  const std::string layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", "layer");
  for (const std::string_view type : {media_type::kOciManifest, media_type::kDockerManifest}) {
    const auto parsed = parse_manifest(manifest(type, layer), type);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_FALSE(parsed->is_index());
    EXPECT_EQ(parsed->config->digest, Digest::of("config"));
    ASSERT_EQ(parsed->layers.size(), 1u);
    EXPECT_EQ(parsed->layers[0].size_bytes, 5u);
  }
}

TEST(OciManifest, AnIndexNamesImagesByPlatform) {
  const std::string entry = descriptor(media_type::kOciManifest, "m",
                                       R"(,"platform":{"os":"linux","architecture":"arm64","variant":"v8"})");
  const auto parsed = parse_manifest(R"({"schemaVersion":2,"manifests":[)" + entry + "]}");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->is_index());
  EXPECT_FALSE(parsed->config);
  EXPECT_EQ(parsed->manifests[0].platform, (Platform{"linux", "arm64", "v8"}));
}

TEST(OciManifest, RefusesWhatIsNotWhole) {
  const std::string config = descriptor(media_type::kOciConfig, "config");
  std::string many;
  for (size_t i = 0; i <= kLayersMax; ++i) many += (i ? "," : "") + descriptor("x", "layer");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"schemaVersion":1})"),
        R"({"schemaVersion":2,"config":)" + config + "}", std::string(R"({"schemaVersion":2,"layers":[]})"),
        std::string(R"({"schemaVersion":2,"config":{},"layers":[]})"),
        R"({"schemaVersion":2,"layers":[{"mediaType":"x","digest":"sha256:1","size":1}],"config":)" + config +
            "}",
        R"({"schemaVersion":2,"layers":[{"mediaType":"x","digest":")" + Digest::of("").text() +
            R"(","size":-1}],"config":)" + config + "}",
        manifest(media_type::kOciManifest, many), std::string(kManifestBytesMax + 1, ' ')}) {
    const auto parsed = parse_manifest(text);
    ASSERT_FALSE(parsed) << text.substr(0, 200);
    EXPECT_EQ(parsed.error().code, "ManifestInvalid");
  }
  EXPECT_EQ(parse_manifest(manifest(media_type::kOciManifest, ""), media_type::kDockerManifest).error().code,
            "ManifestInvalid");
  EXPECT_EQ(parse_manifest(manifest("text/plain", "")).error().code, "ManifestUnsupported");
}

TEST(OciManifest, LayersAreKnownByTheirCompression) {
  EXPECT_EQ(layer_compression("application/vnd.oci.image.layer.v1.tar"), Compression::kNone);
  EXPECT_EQ(layer_compression("application/vnd.oci.image.layer.v1.tar+zstd"), Compression::kZstd);
  EXPECT_EQ(layer_compression("application/vnd.docker.image.rootfs.diff.tar.gzip"), Compression::kGzip);
  EXPECT_EQ(layer_compression("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), std::nullopt);
}

TEST(OciConfig, SaysWhatToRun) {
  const auto config =
      parse_config(R"({"os":"linux","architecture":"amd64","config":{"Entrypoint":["/bin/a"],"Cmd":["b"],
      "Env":["A=1"],"WorkingDir":"/w","User":"u","Labels":{"x":"y"}},"rootfs":{"type":"layers","diff_ids":[")" +
                   Digest::of("layer").text() + R"("]},"history":[]})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->platform, (Platform{"linux", "amd64", ""}));
  EXPECT_EQ(config->entry_point, std::vector<std::string>{"/bin/a"});
  EXPECT_EQ(config->command, std::vector<std::string>{"b"});
  EXPECT_EQ(config->environment, std::vector<std::string>{"A=1"});
  EXPECT_EQ(config->working_directory, "/w");
  EXPECT_EQ(config->diff_ids, std::vector<Digest>{Digest::of("layer")});
}

TEST(OciConfig, NullsAreAbsentAndOtherTypesAreErrors) {
  EXPECT_TRUE(parse_config(R"({"config":{"Entrypoint":null,"Cmd":null},"rootfs":{"diff_ids":[]}})"));
  for (const std::string_view text :
       {R"({})", R"({"rootfs":{"diff_ids":["x"]}})", R"({"config":{"Cmd":"sh"},"rootfs":{"diff_ids":[]}})",
        R"({"config":{"Env":[1]},"rootfs":{"diff_ids":[]}})", R"({"config":[],"rootfs":{"diff_ids":[]}})",
        R"({"config":{"Cmd":["a\u0000b"]},"rootfs":{"diff_ids":[]}})"}) {
    const auto parsed = parse_config(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "ConfigInvalid");
  }
}

}  // namespace
}  // namespace hearth::oci
