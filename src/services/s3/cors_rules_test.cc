// Promise: your AWS code runs unchanged: the first rule that lets a page in decides what it is told.
#include "services/s3/cors_rules.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

using Rule = api::s3::CORSRule;

bool lets_in(const std::string& pattern, const std::string& origin) {
  const CorsRules rules{Rule{.allowed_methods = {"GET"}, .allowed_origins = {pattern}}};
  return decide_cors(rules, {.origin = origin, .method = "GET"}).has_value();
}

TEST(CorsRules, AWildcardStandsForAnyTextOnce) {
  EXPECT_TRUE(lets_in("https://*.a.example", "https://b.a.example"));
  EXPECT_TRUE(lets_in("https://*.a.example", "https://.a.example"));
  EXPECT_FALSE(lets_in("https://*.a.example", "https://a.example"));
  EXPECT_FALSE(lets_in("https://*.a.example", "https://b.a.example.evil"));
  EXPECT_FALSE(lets_in("ab*bc", "abc"));  // the two ends must not share what they match
  EXPECT_TRUE(lets_in("*", "null"));
  EXPECT_FALSE(lets_in("https://a.example", "https://A.example"));
}

TEST(CorsRules, TheFirstThatFitsAllOfARequestDecides) {
  const CorsRules rules{
      Rule{.allowed_headers = {{"x-a"}}, .allowed_methods = {"PUT"}, .allowed_origins = {"http://a"}},
      Rule{.allowed_headers = {{"X-*"}}, .allowed_methods = {"PUT"}, .allowed_origins = {"http://a", "*"}},
      Rule{.allowed_headers = {{"*"}}, .allowed_methods = {"PUT", "GET"}, .allowed_origins = {"*"}}};
  const auto decide = [&rules](std::string origin, std::string method, std::vector<std::string> headers) {
    return decide_cors(
        rules, {.origin = std::move(origin), .method = std::move(method), .headers = std::move(headers)});
  };
  EXPECT_EQ(decide("http://a", "PUT", {"x-a"})->methods, "PUT");
  const auto second = decide("http://a", "PUT", {"x-a", "x-b"});
  EXPECT_EQ(second->headers, "x-a, x-b");
  // The first of a rule's origins that fits: it is named, and may bring its credentials.
  EXPECT_TRUE(second->credentials);
  EXPECT_EQ(second->origin, "http://a");
  const auto third = decide("http://a", "PUT", {"content-type"});
  EXPECT_EQ(third->methods, "PUT, GET");
  EXPECT_EQ(third->origin, "*");
  EXPECT_FALSE(third->credentials);
  EXPECT_FALSE(decide("http://a", "DELETE", {}).has_value());
}

TEST(CorsRules, NamesOfHeadersAreAList) {
  EXPECT_EQ(header_names(" X-A,,x-b , "), (std::vector<std::string>{"x-a", "x-b"}));
  EXPECT_TRUE(header_names("").empty());
}

}  // namespace
}  // namespace hearth::services::s3
