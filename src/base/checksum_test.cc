// Promise: your AWS code runs unchanged: each checksum is the one of that name, of a stream in any pieces.
#include "base/checksum.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hearth {
namespace {

TEST(Checksum, OfNineDigitsIsTheOneThatEveryonePublishes) {
  constexpr std::string_view kText = "123456789";
  const auto hex = [&](ChecksumKind kind) { return hex_encode(checksum_of(kind, kText)); };
  EXPECT_EQ(hex(ChecksumKind::kCrc32), "cbf43926");
  EXPECT_EQ(hex(ChecksumKind::kCrc32c), "e3069283");
  EXPECT_EQ(hex(ChecksumKind::kCrc64Nvme), "ae8b14860a799888");
  EXPECT_EQ(hex(ChecksumKind::kSha1), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
  EXPECT_EQ(hex(ChecksumKind::kMd5), "25f9e794323b453885f5181f1b624d0b");
}

// The family's own values for nothing, seed 0.
TEST(Checksum, XxHashesOfNothingAreKnown) {
  EXPECT_EQ(hex_encode(checksum_of(ChecksumKind::kXxHash64, "")), "ef46db3751d8e999");
  EXPECT_EQ(hex_encode(checksum_of(ChecksumKind::kXxHash3, "")), "2d06800538d394c2");
  EXPECT_EQ(hex_encode(checksum_of(ChecksumKind::kXxHash128, "")), "99aa06d3014798d86001c324468d497f");
}

TEST(Checksum, DoesNotDependOnThePieces) {
  const std::string text(10'000, 'x');
  for (const ChecksumAlgorithm& algorithm : checksum_algorithms()) {
    ChecksumStream stream(algorithm.kind);
    for (size_t at = 0; at < text.size(); at += 777) stream.update(std::string_view(text).substr(at, 777));
    const std::string bytes = stream.finish();
    EXPECT_EQ(bytes, checksum_of(algorithm.kind, text)) << algorithm.name;
    EXPECT_EQ(bytes.size(), algorithm.size_bytes) << algorithm.name;
    EXPECT_EQ(&algorithm, &checksum_algorithms()[static_cast<size_t>(algorithm.kind)]);
  }
}

}  // namespace
}  // namespace hearth
