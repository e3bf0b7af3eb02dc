// Promise: bytes come back as they were packed, and what was not packed so is never taken for it.
#include "base/deflate.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

constexpr size_t kMax = 1 << 20;

TEST(Deflate, GivesBackWhatWasPacked) {
  std::string text;
  for (unsigned i = 0; i < 100'000; ++i) text += static_cast<char>(i * i / 7);
  for (const Deflate form : {Deflate::kGzip, Deflate::kZlib}) {
    for (const std::string& bytes : {std::string(), std::string("a"), text}) {
      const auto back = inflate(deflate(bytes, form), form, kMax);
      ASSERT_TRUE(back);
      EXPECT_EQ(back->bytes, bytes);
      EXPECT_FALSE(back->too_long);
    }
  }
}

TEST(Deflate, RefusesOtherFormsAndPiecesAndWhatFollows) {
  const std::string packed = deflate("some text", Deflate::kGzip);
  EXPECT_FALSE(inflate(packed, Deflate::kZlib, kMax));
  EXPECT_FALSE(inflate("some text", Deflate::kGzip, kMax));
  EXPECT_FALSE(inflate("", Deflate::kGzip, kMax));
  EXPECT_FALSE(inflate(packed + "x", Deflate::kGzip, kMax));
  for (size_t bytes = 0; bytes < packed.size(); ++bytes) {
    EXPECT_FALSE(inflate(packed.substr(0, bytes), Deflate::kGzip, kMax)) << bytes;
  }
}

TEST(Deflate, UnpacksNoMoreThanIsAsked) {
  const std::string packed = deflate(std::string(64 * kMax, 'a'), Deflate::kGzip);
  const auto back = inflate(packed, Deflate::kGzip, kMax);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->too_long);
  EXPECT_EQ(back->bytes.size(), kMax);
  EXPECT_FALSE(inflate(deflate("four", Deflate::kGzip), Deflate::kGzip, 4)->too_long);
}

}  // namespace
}  // namespace hearth
