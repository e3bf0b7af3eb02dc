// Promise: your AWS code runs unchanged: checksums are those that clients compute.
#include "base/crc.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

uint64_t crc_of(CrcKind kind, std::string_view bytes) {
  Crc crc(kind);
  crc.update(bytes);
  return crc.value();
}

constexpr CrcKind kKinds[] = {CrcKind::kCrc32, CrcKind::kCrc32c, CrcKind::kCrc64Nvme};

// The check value that each algorithm's definition gives.
TEST(Crc, TheDigitsOneToNineGiveThePublishedValues) {
  EXPECT_EQ(crc_of(CrcKind::kCrc32, "123456789"), 0xcbf43926);
  EXPECT_EQ(crc_of(CrcKind::kCrc32c, "123456789"), 0xe3069283);
  EXPECT_EQ(crc_of(CrcKind::kCrc64Nvme, "123456789"), 0xae8b14860a799888);
  for (const CrcKind kind : kKinds) EXPECT_EQ(crc_of(kind, ""), 0u);
}

TEST(Crc, BytesAreBigEndian) {
  Crc crc(CrcKind::kCrc32);
  crc.update("123456789");
  EXPECT_EQ(crc.bytes(), "\xcb\xf4\x39\x26");
}

TEST(Crc, PiecesOfAnySizeGiveTheSameAndCanBeCombined) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (const CrcKind kind : kKinds) {
    const uint64_t whole = crc_of(kind, text);
    for (const size_t cut : {0, 1, 7, 8, 9, 500, 999, 1000}) {
      const std::string_view first = std::string_view(text).substr(0, cut);
      const std::string_view second = std::string_view(text).substr(cut);
      Crc crc(kind);
      crc.update(first);
      crc.update(second);
      EXPECT_EQ(crc.value(), whole);
      EXPECT_EQ(Crc::combine(kind, crc_of(kind, first), crc_of(kind, second), second.size()), whole);
    }
  }
}

// However long, and whatever came before: what is worked on in large steps is as in small ones.
TEST(Crc, LargeStepsGiveTheSameAsSmallOnes) {
  std::string text;
  for (uint32_t i = 0, state = 1; i < 1000; ++i)
    text += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  for (const CrcKind kind : kKinds) {
    for (size_t size = 0; size <= text.size(); ++size) {
      for (const size_t before : {0, 1, 5}) {
        if (before > size) continue;
        Crc whole(kind), single(kind);
        whole.update(std::string_view(text).substr(0, before));
        whole.update(std::string_view(text).substr(before, size - before));
        for (size_t i = 0; i < size; ++i) single.update(std::string_view(text).substr(i, 1));
        ASSERT_EQ(whole.value(), single.value()) << size;
      }
    }
  }
}

}  // namespace
}  // namespace hearth
