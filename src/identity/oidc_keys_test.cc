// Promise: a provider's keys are those that the server's owner placed, or else those that it shows itself.
#include "identity/oidc_keys.h"

#include <fstream>

#include "identity/testing.h"

namespace hearth::identity {
namespace {

// The key of RFC 7515, appendix A.3.
constexpr const char* kKeys =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

class OidcKeysTest : public IdentityTest {
 protected:
  std::string write_keys(const std::string& text) {
    const std::string path = folder.path() + "/keys.json";
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(OidcKeysTest, PlacedKeysAreTakenAsTheyAre) {
  OidcKeys keys(system_clock());
  ASSERT_TRUE(keys.place("https://idp.example/realm=" + write_keys(kKeys)));
  const auto found = run(keys.find({.url = "idp.example/realm"}));
  ASSERT_TRUE(found);
  // A set that lacks a key is still all there is.
  EXPECT_EQ(run(keys.find({.url = "idp.example/realm"}, *found)), found);
  write_keys("nonsense");
  keys.reload();
  EXPECT_EQ(run(keys.find({.url = "idp.example/realm"})), found);
  write_keys(kKeys);
  keys.reload();
  EXPECT_NE(run(keys.find({.url = "idp.example/realm"})), found);
}

TEST_F(OidcKeysTest, WhatCannotBePlacedIsToldAtTheStart) {
  OidcKeys keys(system_clock());
  EXPECT_EQ(keys.place("idp.example=" + write_keys(kKeys)).error().code, "InvalidOption");
  EXPECT_EQ(keys.place("https://=" + write_keys(kKeys)).error().code, "InvalidOption");
  EXPECT_EQ(keys.place("https://idp.example").error().code, "InvalidOption");
  EXPECT_EQ(keys.place("https://idp.example=/nonexistent").error().code, "IoError");
  EXPECT_EQ(keys.place("https://idp.example=" + write_keys("{}")).error().code, "MalformedKeys");
}

TEST_F(OidcKeysTest, AProviderThatIsNotThereIsTold) {
  OidcKeys keys(system_clock());
  EXPECT_EQ(run(keys.find({.url = "256.256.256.256:1"})).error().code, "ProviderUnreachable");
  EXPECT_EQ(run(keys.find({.url = "/"})).error().code, "MalformedKeys");
  EXPECT_EQ(run(keys.find({.url = "unix:/run/socket"})).error().code, "MalformedKeys");
}

}  // namespace
}  // namespace hearth::identity
