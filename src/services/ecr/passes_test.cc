// Promise: every call is authorized: a password or a link that we did not give opens nothing.
#include "services/ecr/passes.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hearth::services::ecr {
namespace {

const Passes kPasses(std::string(32, 'k'), system_random());

TEST(Passes, ComeBackAsTheyWereGiven) {
  const Pass pass{.access_key_id = "AKIA", .session_token = "token", .expires = from_epoch_ms(5)};
  const auto opened = kPasses.open_pass(kPasses.seal(pass));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->access_key_id, "AKIA");
  EXPECT_EQ(opened->session_token, "token");
  EXPECT_EQ(opened->expires, pass.expires);
}

TEST(Passes, NoChangedByteOpens) {
  const std::string text = kPasses.seal(Pass{.access_key_id = "AKIA"});
  std::string sealed = *base64_decode(text);
  for (char& byte : sealed) {
    byte ^= 1;
    EXPECT_FALSE(kPasses.open_pass(base64_encode(sealed)));
    byte ^= 1;
  }
  EXPECT_FALSE(Passes(std::string(32, 'x'), system_random()).open_pass(text));
  EXPECT_TRUE(kPasses.open_pass(text));
}

TEST(Passes, ALinkIsNoPassword) {
  EXPECT_FALSE(kPasses.open_pass(kPasses.seal(LayerLink{.account = "AKIA"})));
  EXPECT_FALSE(kPasses.open_link(kPasses.seal(Pass{.access_key_id = "AKIA"})));
}

TEST(Passes, APasswordIsReadFromBasicOfOneUserAlone) {
  EXPECT_EQ(password_of("Basic " + base64_encode("AWS:a:b")), "a:b");
  EXPECT_EQ(password_of("bAsIc  " + base64_encode("AWS:")), "");
  for (const std::string& header : {std::string(), std::string("Basic"), std::string("Basic "),
                                    std::string("Basic !"), "Bearer " + base64_encode("AWS:a"),
                                    "Basic " + base64_encode("aws:a"), "Basic " + base64_encode("AWS")}) {
    EXPECT_EQ(password_of(header), std::nullopt) << header;
  }
}

}  // namespace
}  // namespace hearth::services::ecr
