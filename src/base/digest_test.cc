// Promise: your AWS code runs unchanged: hashes and MACs are those that every client computes.
#include "base/digest.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hearth {
namespace {

TEST(Digest, Sha256IsThatOfTheStandard) {
  EXPECT_EQ(hex_encode(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Digest in_pieces;
  in_pieces.update("a");
  in_pieces.update("bc");
  EXPECT_EQ(in_pieces.finish(), sha256("abc"));
}

// RFC 4231, cases 1, 2 and 6; the empty one is computed by another program.
TEST(Digest, EachMacIsOfItsOwnKey) {
  const auto mac = [](std::string_view key, std::string_view text) {
    return hex_encode(hmac_sha256(key, text));
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(mac(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(mac("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    EXPECT_EQ(mac("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }
  EXPECT_EQ(mac({}, ""), mac("", "")) << "no key is an empty one";
}

// RFC 1321, FIPS 180: the hashes of "abc".
TEST(Digest, EveryKindGivesThePublishedHash) {
  const auto hash = [](DigestKind kind) {
    Digest digest(kind);
    digest.update("a");
    digest.update("bc");
    return hex_encode(digest.finish());
  };
  EXPECT_EQ(hash(DigestKind::kMd5), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hash(DigestKind::kSha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hash(DigestKind::kSha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash(DigestKind::kSha384).substr(0, 32), "cb00753f45a35e8bb5a03d699ac65007");
  EXPECT_EQ(hash(DigestKind::kSha512).substr(0, 32), "ddaf35a193617abacc417349ae204131");
}

}  // namespace
}  // namespace hearth
