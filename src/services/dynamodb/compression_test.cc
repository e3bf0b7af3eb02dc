// Promise: what was compressed is read as it was, in whatever pieces it comes; what is damaged is refused.
#include "services/dynamodb/compression.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "base/deflate.h"

namespace hearth::services::dynamodb {
namespace {

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1));
  return out;
}

struct Read {
  std::string bytes;
  bool good = true;
  bool complete = false;
};
Read read(Compression compression, std::string_view bytes, size_t piece_bytes, size_t out_max = 1000) {
  Decompressor decompressor(compression);
  Read read;
  for (size_t at = 0; at < bytes.size() && read.good; at += piece_bytes) {
    std::string_view piece = bytes.substr(at, piece_bytes);
    for (bool more = true; more && read.good;) {
      std::string out;
      read.good = decompressor.take(piece, out, out_max).has_value();
      more = !piece.empty() || !out.empty();
      read.bytes += out;
    }
  }
  read.complete = decompressor.complete();
  return read;
}

TEST(Compression, ReadsWhatWasWritten) {
  std::string text;
  for (int at = 0; at < 100'000; ++at) text += std::to_string(at * 7919 % 1000) + "\n";
  for (const auto& [compression, bytes] :
       {std::pair{Compression::kGzip, deflate(text, Deflate::kGzip)},
        std::pair{Compression::kZstd, zstd(text)}, std::pair{Compression::kNone, text}}) {
    for (const size_t piece : {size_t{999}, bytes.size()}) {
      const Read whole = read(compression, bytes, piece);
      EXPECT_TRUE(whole.good && whole.complete);
      EXPECT_EQ(whole.bytes, text);
    }
  }
}

TEST(Compression, ReadsStreamsThatFollowEachOther) {
  EXPECT_EQ(
      read(Compression::kGzip,
           deflate("one\n", Deflate::kGzip) + deflate("", Deflate::kGzip) + deflate("two\n", Deflate::kGzip),
           3)
          .bytes,
      "one\ntwo\n");
  EXPECT_EQ(read(Compression::kZstd, zstd("one\n") + zstd("two\n"), 3).bytes, "one\ntwo\n");
}

TEST(Compression, WhatIsALotOfNothingComesInParts) {
  const std::string packed = deflate(std::string(50'000'000, 'a'), Deflate::kGzip);
  std::string_view piece = packed;
  std::string out;
  Decompressor decompressor(Compression::kGzip);
  ASSERT_TRUE(decompressor.take(piece, out, 100'000));
  EXPECT_LT(out.size(), 300'000U);
}

TEST(Compression, RefusesWhatIsDamagedOrCutOff) {
  EXPECT_FALSE(read(Compression::kGzip, "not at all", 100).good);
  EXPECT_FALSE(read(Compression::kZstd, "not at all", 100).good);
  const std::string packed = deflate("some text, some text", Deflate::kGzip);
  const Read cut = read(Compression::kGzip, std::string_view(packed).substr(0, packed.size() - 5), 100);
  EXPECT_TRUE(cut.good);
  EXPECT_FALSE(cut.complete);
}

}  // namespace
}  // namespace hearth::services::dynamodb
