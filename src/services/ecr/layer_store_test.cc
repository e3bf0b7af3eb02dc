// Promise: what was acknowledged is never lost, and what nobody needs leaves nothing behind.
#include "services/ecr/layer_store.h"

#include "services/ecr/testing.h"

namespace hearth::services::ecr {
namespace {

using LayersTest = EcrTest;

TEST_F(LayersTest, AnUploadOfOnePartIsTheLayerAsItIs) {
  const std::string bytes(100'000, 'x');
  const auto digest = push_layer(bytes);
  const auto layer = run(layers.find(ref, digest)).value();
  ASSERT_TRUE(layer);
  EXPECT_EQ(run(blobs->read(layer->blob.id, bytes.size())).value(), bytes);
  EXPECT_EQ(files(), 1u);
}

TEST_F(LayersTest, SeveralPartsBecomeOneFile) {
  const std::string upload = run(layers.begin(ref)).value();
  for (uint64_t at = 0; at < 30; at += 10) {
    EXPECT_EQ(run(layers.append(ref, upload, at, io::Body(std::string("0123456789")))).value(), at + 10);
  }
  EXPECT_EQ(files(), 3u);
  const auto digest = oci::Digest::of("012345678901234567890123456789");
  EXPECT_TRUE(run(layers.complete(ref, upload, digest)).value());
  EXPECT_EQ(files(), 1u);
  const auto layer = run(layers.find(ref, digest)).value();
  EXPECT_EQ(run(blobs->read(layer->blob.id, 100)).value(), "012345678901234567890123456789");
}

TEST_F(LayersTest, APartThatIsNotTheNextChangesNothing) {
  const std::string upload = run(layers.begin(ref)).value();
  ASSERT_TRUE(run(layers.append(ref, upload, std::nullopt, io::Body(std::string("12345")))));
  for (const uint64_t first : {0, 4, 6}) {
    const auto wrong = run(layers.append(ref, upload, first, io::Body(std::string("6"))));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, "InvalidLayerPartException");
  }
  EXPECT_EQ(run(layers.find_upload(ref, upload)).value().size_bytes(), 5u);
  EXPECT_EQ(files(), 1u);
}

TEST_F(LayersTest, AnotherDigestMakesNoLayer) {
  const std::string upload = run(layers.begin(ref)).value();
  ASSERT_TRUE(run(layers.append(ref, upload, 0, io::Body(std::string("12345")))));
  EXPECT_EQ(run(layers.complete(ref, upload, oci::Digest::of("54321"))).error().code,
            "InvalidLayerException");
  EXPECT_FALSE(has_layer("54321"));
  EXPECT_TRUE(run(layers.complete(ref, upload, oci::Digest::of("12345"))));
}

TEST_F(LayersTest, WhatIsCancelledLeavesNothing) {
  const std::string upload = run(layers.begin(ref)).value();
  ASSERT_TRUE(run(layers.append(ref, upload, 0, io::Body(std::string("12345")))));
  EXPECT_TRUE(run(layers.cancel(ref, upload)));
  EXPECT_EQ(run(layers.cancel(ref, upload)).error().code, "UploadNotFoundException");
  EXPECT_EQ(files(), 0u);
}

TEST_F(LayersTest, TheSameLayerTwiceIsKeptOnce) {
  push_layer("layer");
  push_layer("layer");
  EXPECT_EQ(files(), 1u);
}

TEST_F(LayersTest, RepositoriesShareABlobAndEachKeepsIt) {
  const auto digest = push_layer("layer");
  RepositoryRef other = ref;
  other.name = "other";
  make(other);
  EXPECT_TRUE(run(layers.mount(other, ref, digest)).value());
  EXPECT_FALSE(run(layers.mount(other, ref, oci::Digest::of("none"))).value());
  EXPECT_EQ(files(), 1u);
  auto drop = [&](store::Transaction& tx) -> Async<void> {
    drop_layer(tx, *blobs, 1, digest.text(),
               *(co_await Contents(tx, 1).layers.get(store::Key(digest.text()))).value());
    co_return {};
  };
  ASSERT_TRUE(run(store->transact(drop)));
  EXPECT_FALSE(has_layer("layer"));
  EXPECT_EQ(files(), 1u);
  EXPECT_TRUE(run(layers.find(other, digest)).value());
}

}  // namespace
}  // namespace hearth::services::ecr
