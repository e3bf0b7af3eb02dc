// Promise: what was acknowledged is never lost unnoticed: a body that was cut, swapped or changed on disk is
// never given out as whole, whatever part of it is read.
#include "services/s3/body_cipher.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/random.h"
#include "services/s3/body_reader.h"
#include "services/s3/keyring.h"
#include "store/record.h"
#include "store/store.h"
#include "store/testing.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kStored = kBlockBytes + kTagBytes;

std::string random_bytes(size_t count) {
  std::string bytes(count, '\0');
  system_random().fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string sealed(std::string_view key, std::string_view bytes, size_t piece) {
  BodySealer sealer(key);
  std::string all;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    all += sealer.seal(bytes.substr(0, piece));
  return all += sealer.seal({});
}

class BodyCipherTest : public ::testing::TestWithParam<size_t> {
 protected:
  // What a client gets of a file; nothing where the stream breaks, having checked that all before was right.
  std::optional<std::string> read(const std::string& stored, uint64_t offset, uint64_t count) {
    Fd file(memfd_create("body", MFD_CLOEXEC));
    EXPECT_EQ(::write(file.get(), stored.data(), stored.size()), static_cast<ssize_t>(stored.size()));
    auto source =
        read_encrypted({.file = std::move(file), .key = key, .size_bytes = plain.size(), .name = "test"},
                       offset, count, pool);
    std::string got;
    auto reading = [&]() -> Async<bool> {
      while (true) {
        TRY(const std::string piece, co_await source->read());
        if (piece.empty()) co_return true;
        got += piece;
      }
    };
    const auto done = store::testing::run(loop, reading());
    EXPECT_TRUE(plain.substr(offset, count).starts_with(got));
    if (!done) return std::nullopt;
    return got;
  }
  std::optional<std::string> read(const std::string& stored) { return read(stored, 0, plain.size()); }

  std::string key = random_bytes(GetParam());
  std::string plain = random_bytes(9 * kBlockBytes + 17);
  std::string stored = sealed(key, plain, 100'000);
  io::Loop loop;
  io::ThreadPool pool{2};
};

TEST_P(BodyCipherTest, WhatIsSealedInPiecesOfAnySizeIsReadAgain) {
  for (const size_t piece : {size_t{7777}, kBlockBytes, kBlockBytes + 1, plain.size()}) {
    const std::string one = sealed(key, plain, piece);
    EXPECT_EQ(one, stored);
    EXPECT_EQ(one.size(), stored_bytes_of(plain.size()));
    EXPECT_EQ(one.find(plain.substr(0, 16)), std::string::npos);
  }
  EXPECT_EQ(read(stored), plain);
}

TEST_P(BodyCipherTest, BodiesOfEverySizeAroundABlockAreWhole) {
  for (const size_t size :
       {size_t{1}, kBlockBytes - 1, kBlockBytes, kBlockBytes + 1, 4 * kBlockBytes, 4 * kBlockBytes + 1}) {
    plain = random_bytes(size);
    const std::string one = sealed(key, plain, 1000);
    EXPECT_EQ(one.size(), stored_bytes_of(size));
    EXPECT_EQ(read(one), plain) << size;
    if (size <= kBlockBytes) EXPECT_EQ(open_small(key, one), plain);
  }
}

TEST_P(BodyCipherTest, RangesGiveExactlyTheirBytes) {
  for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, uint64_t{kBlockBytes - 1}, uint64_t{kBlockBytes},
                                uint64_t{5 * kBlockBytes + 3}}) {
    for (const uint64_t count :
         {uint64_t{1}, uint64_t{kBlockBytes}, uint64_t{4 * kBlockBytes}, uint64_t{3 * kBlockBytes + 1}}) {
      EXPECT_EQ(read(stored, offset, count), plain.substr(offset, count)) << offset << " " << count;
    }
  }
}

TEST_P(BodyCipherTest, ARangeNeedsOnlyItsOwnBlocks) {
  stored[0] ^= 1;
  EXPECT_EQ(read(stored), std::nullopt);
  EXPECT_EQ(read(stored, kBlockBytes, 100), plain.substr(kBlockBytes, 100));
}

TEST_P(BodyCipherTest, AnyFlippedBitIsNoticed) {
  for (int i = 0; i < 200; ++i) {
    std::string changed = stored;
    const size_t at = system_random().below(changed.size());
    changed[at] = static_cast<char>(changed[at] ^ (1 << system_random().below(8)));
    EXPECT_EQ(read(changed), std::nullopt) << at;
  }
}

TEST_P(BodyCipherTest, SwappedBlocksAndThoseOfOtherBodiesAreNoticed) {
  std::string swapped = stored;
  std::swap_ranges(swapped.begin(), swapped.begin() + kStored, swapped.begin() + 3 * kStored);
  EXPECT_EQ(read(swapped), std::nullopt);
  std::string repeated = stored;
  std::copy_n(stored.begin(), kStored, repeated.begin() + kStored);
  EXPECT_EQ(read(repeated), std::nullopt);
  const std::string other = sealed(random_bytes(GetParam()), plain, plain.size());
  std::string mixed = stored;
  std::copy_n(other.begin(), kStored, mixed.begin());
  EXPECT_EQ(read(mixed), std::nullopt);
}

TEST_P(BodyCipherTest, CutsAreNoticed) {
  for (const size_t left : {size_t{0}, size_t{5}, kStored, 9 * kStored, stored.size() - 1}) {
    EXPECT_EQ(read(stored.substr(0, left)), std::nullopt) << left;
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, BodyCipherTest, ::testing::Values(kBodyKeyBytes, kDualBodyKeyBytes));

TEST(Keyring, AWrappedKeyVouchesForHowWhatAndHowMuch) {
  const Keyring keyring(random_bytes(32), system_random());
  const std::string key = keyring.new_key();
  const Protection kms{.encryption = {.kind = EncryptionKind::kKms, .key_arn = "arn", .context = "e30="}};
  const std::string wrapped = keyring.wrap(kms, key, 100);
  EXPECT_EQ(keyring.unwrap(kms, wrapped, 100), key);
  EXPECT_FALSE(keyring.unwrap(kms, wrapped, 99));
  Protection other = kms;
  other.encryption.context = "";
  EXPECT_FALSE(keyring.unwrap(other, wrapped, 100));
  other = kms;
  other.encryption.key_arn = "arn2";
  EXPECT_FALSE(keyring.unwrap(other, wrapped, 100));
  other = kms;
  other.encryption.kind = EncryptionKind::kS3;
  EXPECT_FALSE(keyring.unwrap(other, wrapped, 100));
  EXPECT_FALSE(Keyring(random_bytes(32), system_random()).unwrap(kms, wrapped, 100));
}

TEST(Keyring, ACustomersKeyIsNeededAgain) {
  const Keyring keyring(random_bytes(32), system_random());
  const Protection mine{.encryption = {.kind = EncryptionKind::kCustomer}, .customer_key = random_bytes(32)};
  const Protection others{.encryption = mine.encryption, .customer_key = random_bytes(32)};
  const std::string wrapped = keyring.wrap(mine, keyring.new_key(), 1);
  EXPECT_TRUE(keyring.unwrap(mine, wrapped, 1));
  EXPECT_FALSE(keyring.unwrap(others, wrapped, 1));
}

// All parts of the largest upload are one value of the store.
TEST(Keyring, TenThousandPartsHaveRoomForTheirKeys) {
  const Keyring keyring(random_bytes(32), system_random());
  const Protection mine{.encryption = {.kind = EncryptionKind::kCustomer}, .customer_key = random_bytes(32)};
  PartList list;
  for (int64_t number = 1; number <= 10'000; ++number) {
    list.pieces.push_back({.body = {.id = system_random().hex(32),
                                    .place = BodyRef::Place::kBlob,
                                    .blob = system_random().hex(32),
                                    .size_bytes = uint64_t{5} << 30,
                                    .wrapped_key = keyring.wrap(mine, keyring.new_key(), 1),
                                    .stored_crc = random_bytes(8)},
                           .number = number,
                           .checksum = Checksum{.kind = ChecksumKind::kSha256, .value = random_bytes(32)}});
  }
  EXPECT_LT(store::encode(list).size(), store::Limits::kValueBytesMax);
}

}  // namespace
}  // namespace hearth::services::s3
