// Promise: what a registry says about where to go next leads to where such things are, and never to this
// machine's own services.
#include "oci/url.h"

#include <gtest/gtest.h>

namespace hearth::oci {
namespace {

TEST(OciUrl, HasAHostAndATarget) {
  const auto url = Url::parse("https://auth.docker.io/token?account=x#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "auth.docker.io");
  EXPECT_EQ(url->target, "/token?account=x");
  EXPECT_EQ(url->address()->port, 443);
  EXPECT_EQ(Url::parse("http://localhost:5000")->target, "/");
  EXPECT_EQ(Url::parse("http://[::1]:5000/x")->address()->port, 5000);
}

TEST(OciUrl, IsPlainOnThisMachineAlone) {
  EXPECT_TRUE(Url::parse("http://127.0.0.1:5000/x"));
  for (const char* text :
       {"http://example.com/x", "http://127.0.0.1.example.com/x", "http://localhost.example.com/",
        "http://localhost@example.com/", "https://user@example.com/", "ftp://example.com/", "//example.com/x",
        "https://", "https://a b/", "https://a/\r\nX: y", ""}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

TEST(OciUrl, KnowsTheNamesOfThisMachine) {
  for (const char* host : {"localhost", "localhost:1", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"", "example.com", "127.0.0.1.example.com", "localhost.com", "10.0.0.1", "[::2]"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(OciChallenge, IsReadWithAndWithoutQuotes) {
  const auto bearer = Challenge::parse(
      R"(Bearer realm="https://auth.example.com/token?a=b,c",service="a \"quoted\" one", scope=repository:x:pull)",
      "bearer");
  EXPECT_TRUE(bearer.given());
  EXPECT_EQ(bearer.realm(), "https://auth.example.com/token?a=b,c");
  EXPECT_EQ(bearer.service(), "a \"quoted\" one");
  EXPECT_EQ(bearer.scope(), "repository:x:pull");
  EXPECT_FALSE(Challenge::parse("Basic realm=x", "Bearer").given());
  EXPECT_TRUE(Challenge::parse("Bearer", "Bearer").given());
  EXPECT_EQ(Challenge::parse("Bearer realm=\"never ends", "Bearer").realm(), "");
}

}  // namespace
}  // namespace hearth::oci
