// Promise: what was acknowledged is never lost: a body is read to its end as it was when the reading began,
// and plain pieces of it are sent as files.
#include "services/s3/bodies.h"

#include <gtest/gtest.h>

#include "services/s3/limits.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::s3 {
namespace {

using store::testing::run;

class BodiesTest : public ::testing::TestWithParam<EncryptionKind> {
 protected:
  template <typename Body>
  auto transact(Body body) {
    return run(loop, store->transact(body));
  }
  std::string bytes(size_t count) {
    std::string made(count, '\0');
    system_random().fill(std::as_writable_bytes(std::span(made)));
    return made;
  }
  // A body of these pieces.
  BodyRef joined(const std::vector<std::string>& pieces) {
    std::vector<ReceivedBody> received;
    for (const std::string& piece : pieces) {
      io::Body body{std::string(piece)};
      received.push_back(
          run(loop, bodies.receive(body, limits::kPutBytesMax, ChecksumKind::kCrc32, protection)).value());
    }
    return transact([&](store::Transaction& tx) -> Async<BodyRef> {
             PartList list;
             for (const ReceivedBody& one : received) list.pieces.push_back({.body = bodies.attach(tx, one)});
             co_return bodies.join(tx, std::move(list));
           })
        .value();
  }
  io::Body open(const BodyRef& ref) {
    return transact([&](store::Transaction& tx) -> Async<io::Body> {
             co_return co_await bodies.open(tx, {.body = ref, .protection = protection, .name = "test"});
           })
        .value();
  }
  // Files that are left.
  size_t sweep() {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(run(loop, blobs->sweep(true)));
    return run(loop, blobs->files())->size();
  }

  store::testing::TemporaryFolder folder;
  io::Loop loop;
  io::ThreadPool pool{2};
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  std::unique_ptr<store::Blobs> blobs = store::Blobs::open(folder.path() + "/blobs", *store, pool).value();
  Keyring keyring{std::string(32, 'k'), system_random()};
  Bodies bodies{*blobs, pool, keyring, system_random()};
  Protection protection{.encryption = {.kind = GetParam()}, .customer_key = std::string(32, 'c')};
  const std::vector<std::string> pieces = {bytes(400'000), bytes(100), bytes(70'000), bytes(1'000'000)};
};

TEST_P(BodiesTest, WhatIsDeletedWhileItIsReadIsReadToItsEnd) {
  const BodyRef ref = joined(pieces);
  std::optional<io::Body> reading = open(ref);
  std::string got = run(loop, reading->read()).value();
  ASSERT_LE(got.size(), pieces[0].size());
  ASSERT_TRUE(
      transact([&](store::Transaction& tx) -> Async<void> { co_return co_await bodies.drop(tx, ref); }));
  EXPECT_EQ(sweep(), 3u);
  got += run(loop, reading->read_all(10'000'000)).value();
  EXPECT_EQ(got, pieces[0] + pieces[1] + pieces[2] + pieces[3]);
  reading.reset();
  EXPECT_EQ(sweep(), 0u);
}

TEST_P(BodiesTest, PlainPiecesAreFilesForWhoSendsThem) {
  io::Body body = open(joined(pieces));
  size_t files = 0;
  uint64_t size_bytes = 0;
  while (true) {
    if (const auto file = run(loop, body.take_file()).value()) {
      ++files;
      size_bytes += file->size_bytes;
      continue;
    }
    const std::string piece = run(loop, body.read()).value();
    if (piece.empty()) break;
    size_bytes += piece.size();
  }
  EXPECT_EQ(size_bytes, 1'470'100u);
  EXPECT_EQ(files, GetParam() == EncryptionKind::kNone ? 3u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BodiesTest,
                         ::testing::Values(EncryptionKind::kNone, EncryptionKind::kS3, EncryptionKind::kKms,
                                           EncryptionKind::kKmsDual, EncryptionKind::kCustomer));

}  // namespace
}  // namespace hearth::services::s3
