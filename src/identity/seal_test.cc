// Promise: secrets are sealed where they are stored.
#include "identity/seal.h"

#include <gtest/gtest.h>

namespace hearth::identity {
namespace {

const std::string kServerKey(32, 'k');

TEST(Seal, WhatWasSealedOpensAgain) {
  const Seal seal(kServerKey, "test", system_random());
  for (const std::string& secret :
       {std::string("wJalrXUtnFEMI/K7MDENG"), std::string(), std::string(4096, '\0')}) {
    const std::string sealed = seal.seal(secret, "AKIA1");
    EXPECT_EQ(seal.open(sealed, "AKIA1"), secret);
    EXPECT_EQ(Seal(kServerKey, "test", system_random()).open(sealed, "AKIA1"), secret) << "after a restart";
  }
}

TEST(Seal, TheSecretIsNotInTheSealedBytesAndTheyDifferEveryTime) {
  const Seal seal(kServerKey, "test", system_random());
  const std::string sealed = seal.seal("wJalrXUtnFEMI", "AKIA1");
  EXPECT_FALSE(sealed.contains("wJal"));
  EXPECT_NE(sealed, seal.seal("wJalrXUtnFEMI", "AKIA1"));
}

TEST(Seal, AnotherOwnerPurposeOrServerCannotOpenIt) {
  const std::string sealed = Seal(kServerKey, "test", system_random()).seal("secret", "AKIA1");
  EXPECT_FALSE(Seal(kServerKey, "test", system_random()).open(sealed, "AKIA2"));
  EXPECT_FALSE(Seal(kServerKey, "other", system_random()).open(sealed, "AKIA1"));
  EXPECT_FALSE(Seal(std::string(32, 'x'), "test", system_random()).open(sealed, "AKIA1"));
}

TEST(Seal, EveryChangedByteAndEveryLengthIsRefused) {
  const Seal seal(kServerKey, "test", system_random());
  const std::string sealed = seal.seal("secret", "AKIA1");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(seal.open(changed, "AKIA1")) << i;
    EXPECT_FALSE(seal.open(sealed.substr(0, i), "AKIA1")) << i;
  }
}

}  // namespace
}  // namespace hearth::identity
