// Promise: what was acknowledged is never lost.
#include "store/blob.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "io/task_scope.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::store {
namespace {

using testing::run;

// Gives pieces of "0123456789" until the wanted size, then fails or ends.
class Pieces final : public io::BodySource {
 public:
  Pieces(int count, bool fails) : left_(count), fails_(fails) {}
  Async<std::string> read() override {
    if (left_-- > 0) co_return std::string("0123456789");
    if (fails_) co_return fail("Broken", "the sender went away");
    co_return std::string();
  }

 private:
  int left_;
  bool fails_;
};

io::Body pieces(int count, bool fails = false) {
  return io::Body(std::unique_ptr<io::BodySource>(std::make_unique<Pieces>(count, fails)));
}

class BlobsTest : public ::testing::Test {
 protected:
  // After the pool has let go of what it ran last, and with it of partial files.
  size_t files() {
    (void)run(loop, pool.run([] { return true; }));
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
  size_t sweep(bool orphans = false) { return run(loop, blobs->sweep(orphans)).value(); }
  // Sweeps until what was let go of is old enough.
  size_t sweep_all() { return sweep() + sweep(); }
  Status refer(const BlobInfo& info, const Key& owner) {
    auto body = [&](Transaction& tx) -> Async<void> {
      blobs->reference(tx, info, owner);
      co_return Status();
    };
    return run(loop, store->transact(body));
  }
  Status drop(const BlobInfo& info, const Key& owner) {
    auto body = [&](Transaction& tx) -> Async<void> {
      blobs->unreference(tx, info.id, owner);
      co_return Status();
    };
    return run(loop, store->transact(body));
  }
  Result<BlobInfo> share(const std::string& id, const Key& owner) {
    auto body = [&](Transaction& tx) { return blobs->share(tx, id, owner); };
    return run(loop, store->transact(body));
  }

  testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/blobs";
  io::Loop loop;
  io::ThreadPool pool{1};
  std::unique_ptr<Store> store = rocks::open({.folder = folder.path() + "/state"}).value();
  std::unique_ptr<Blobs> blobs = Blobs::open(path, *store, pool).value();
};

TEST_F(BlobsTest, AReferencedBlobStaysAndIsReadInRanges) {
  BlobInfo info;
  {
    const auto staged = run(loop, blobs->write(pieces(3), 100));
    ASSERT_TRUE(staged) << staged.error().message;
    info = staged->info();
    ASSERT_TRUE(refer(info, Key("object", 1)));
  }
  EXPECT_EQ(info.size_bytes, 30u);
  EXPECT_EQ(info.sha256, sha256("012345678901234567890123456789"));
  EXPECT_EQ(sweep_all() + sweep(true), 0u);
  const auto range = run(loop, blobs->open(info.id, 8, 4));
  ASSERT_TRUE(range);
  EXPECT_EQ(range->size_bytes, 4u);
  EXPECT_EQ(run(loop, blobs->open(info.id, 28))->size_bytes, 2u);
  EXPECT_EQ(run(loop, blobs->read(info.id, 30)).value().substr(8, 4), "8901");
  EXPECT_EQ(run(loop, blobs->read(info.id, 29)).error().code, "BlobTooLarge");
}

TEST_F(BlobsTest, AnEmptyBlobIsABlob) {
  const auto staged = run(loop, blobs->write(pieces(0), 0));
  ASSERT_TRUE(staged);
  EXPECT_EQ(run(loop, blobs->read(staged->info().id, 0)), "");
}

TEST_F(BlobsTest, WhatNobodyReferencedIsSweptAndNotBeforeItsWriterLetGo) {
  {
    const auto staged = run(loop, blobs->write(pieces(1), 100));
    EXPECT_EQ(sweep_all() + sweep(true), 0u);
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_EQ(sweep(), 0u) << "the commit of a cancelled writer may be on its way";
  EXPECT_EQ(sweep(), 1u);
  EXPECT_EQ(files(), 0u);
}

TEST_F(BlobsTest, AFileGoesWithItsLastReferenceAndOpenReadersKeepIt) {
  const BlobInfo info = run(loop, blobs->write(pieces(1), 100))->info();
  ASSERT_TRUE(refer(info, Key("a")));
  EXPECT_EQ(share(info.id, Key("b"))->sha256, info.sha256);
  ASSERT_TRUE(drop(info, Key("a")));
  EXPECT_EQ(sweep_all(), 0u);
  io::Body reader(run(loop, blobs->open(info.id)).value());
  ASSERT_TRUE(drop(info, Key("b")));
  EXPECT_EQ(sweep_all(), 1u);
  EXPECT_EQ(run(loop, blobs->open(info.id)).error().code, "BlobNotFound");
  EXPECT_EQ(share(info.id, Key("c")).error().code, "BlobNotFound");
  EXPECT_EQ(run(loop, reader.read_all(100)), "0123456789");
}

TEST_F(BlobsTest, WhatFailsOrIsTooLargeLeavesNoFile) {
  EXPECT_EQ(run(loop, blobs->write(pieces(3, true), 100)).error().code, "Broken");
  EXPECT_EQ(run(loop, blobs->write(pieces(11), 100)).error().code, "BlobTooLarge");
  EXPECT_EQ(files(), 0u);
}

TEST_F(BlobsTest, ARestartSweepsWhatACrashLeftBehind) {
  const BlobInfo kept = run(loop, blobs->write(pieces(1), 100))->info();
  ASSERT_TRUE(refer(kept, Key("a")));
  (void)run(loop, blobs->write(pieces(2), 100));  // its transaction never came
  std::ofstream(path + "/" + std::string(32, 'a') + ".partial") << "half";
  blobs.reset();
  blobs = Blobs::open(path, *store, pool).value();
  EXPECT_EQ(files(), 2u);
  EXPECT_EQ(sweep(true), 1u);
  EXPECT_EQ(run(loop, blobs->read(kept.id, 100)), "0123456789");
}

}  // namespace
}  // namespace hearth::store
