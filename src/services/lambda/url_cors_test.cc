// Promise: your AWS code runs unchanged.
// Browsers get the cross-origin answers that the URL's configuration says.
#include "services/lambda/url_cors.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

io::Request preflight(std::string origin, std::string method) {
  return {.method = "OPTIONS",
          .target = "/",
          .headers = {{"Origin", std::move(origin)}, {"Access-Control-Request-Method", std::move(method)}}};
}

const CorsRecord kCors{.allow_headers = {"X-A", "X-B"},
                       .allow_methods = {"GET", "PUT"},
                       .allow_origins = {"https://a.example", "https://b.example"},
                       .expose_headers = {"X-C"},
                       .max_age_seconds = 60};

TEST(UrlCors, APreflightOfAnAllowedOriginNamesWhatIsAllowed) {
  const auto response = answer_preflight(kCors, preflight("https://b.example", "PUT"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "https://b.example");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Methods"), "GET,PUT");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Headers"), "X-A,X-B");
  EXPECT_EQ(response.headers.get("Access-Control-Max-Age"), "60");
  EXPECT_EQ(response.headers.get("Vary"), "Origin");
}

TEST(UrlCors, OthersAreToldNothing) {
  for (const auto& request :
       {preflight("https://c.example", "GET"), preflight("https://a.example", "DELETE")}) {
    EXPECT_FALSE(answer_preflight(kCors, request).headers.has("Access-Control-Allow-Origin"));
  }
}

TEST(UrlCors, TheUrlsRulesStandOverTheFunctions) {
  io::Headers headers{
      {"access-control-allow-origin", "*"}, {"Access-Control-Allow-Methods", "GET"}, {"X", "y"}};
  add_cors(kCors, "https://a.example", headers);
  EXPECT_EQ(headers.get("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_FALSE(headers.has("Access-Control-Allow-Methods"));
  EXPECT_EQ(headers.get("Access-Control-Expose-Headers"), "X-C");
  EXPECT_EQ(headers.get("X"), "y");
  add_cors(kCors, "", headers);
  EXPECT_FALSE(headers.has("Access-Control-Allow-Origin"));
}

TEST(UrlCors, AnyOriginIsAStarUnlessCredentialsAreSent) {
  CorsRecord any{.allow_methods = {"*"}, .allow_origins = {"*"}};
  EXPECT_EQ(answer_preflight(any, preflight("https://x", "GET")).headers.get("Access-Control-Allow-Origin"),
            "*");
  any.allow_credentials = true;
  const auto response = answer_preflight(any, preflight("https://x", "GET"));
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "https://x");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Credentials"), "true");
}

TEST(UrlCors, OptionsWithoutARequestedMethodIsForTheFunction) {
  EXPECT_TRUE(is_preflight(preflight("https://x", "GET")));
  EXPECT_FALSE(is_preflight({.method = "OPTIONS", .target = "/", .headers = {{"Origin", "https://x"}}}));
  EXPECT_FALSE(is_preflight({.method = "GET", .target = "/", .headers = preflight("x", "GET").headers}));
}

}  // namespace
}  // namespace hearth::services::lambda
