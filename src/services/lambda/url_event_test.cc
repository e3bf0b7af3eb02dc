// Promise: your AWS code runs unchanged.
// A function sees a request to its URL as the service would show it.
#include "services/lambda/url_event.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

json::object event_of(io::Request request, std::string body = "", std::optional<wire::Identity> caller = {}) {
  request.peer = "10.0.0.7:50312";
  const auto event = parse_json(url_event({.request = request,
                                           .body = std::move(body),
                                           .url_id = "abc",
                                           .request_id = "rid",
                                           .trace_id = "Root=1-0-0",
                                           .received_at = from_epoch_ms(1'583'348'638'390),
                                           .caller = std::move(caller)}));
  return event->as_object();
}

io::Request get(std::string target, io::Headers headers = {}) {
  headers.add("Host", "abc.lambda-url.us-east-1.on.aws");
  return {.method = "GET", .target = std::move(target), .headers = std::move(headers)};
}

TEST(UrlEvent, HasTheServicesMembersInItsOrder) {
  EXPECT_EQ(to_text(event_of(get("/a%20b/c?x=1", {{"User-Agent", "curl"}}))),
            R"({"version":"2.0","routeKey":"$default","rawPath":"/a%20b/c","rawQueryString":"x=1",)"
            R"("headers":{"user-agent":"curl","host":"abc.lambda-url.us-east-1.on.aws",)"
            R"("x-amzn-trace-id":"Root=1-0-0","x-forwarded-for":"10.0.0.7","x-forwarded-port":"80",)"
            R"("x-forwarded-proto":"http"},"queryStringParameters":{"x":"1"},)"
            R"("requestContext":{"accountId":"anonymous","apiId":"abc",)"
            R"("domainName":"abc.lambda-url.us-east-1.on.aws","domainPrefix":"abc",)"
            R"("http":{"method":"GET","path":"/a%20b/c","protocol":"HTTP/1.1","sourceIp":"10.0.0.7",)"
            R"("userAgent":"curl"},"requestId":"rid","routeKey":"$default","stage":"$default",)"
            R"("time":"04/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},"isBase64Encoded":false})");
}

TEST(UrlEvent, WhatComesMoreThanOnceIsJoined) {
  const auto event = event_of(get(
      "/?a=1&b=x%2Cy&a=2&c&=d", {{"X-One", "1"}, {"x-one", "2"}, {"Cookie", "k=v; l=w"}, {"Cookie", "m=x"}}));
  EXPECT_EQ(event.at("headers").at("x-one"), "1,2");
  EXPECT_EQ(to_text(event.at("cookies")), R"(["k=v","l=w","m=x"])");
  EXPECT_FALSE(event.at("headers").as_object().contains("cookie"));
  EXPECT_EQ(to_text(event.at("queryStringParameters")), R"({"a":"1,2","b":"x,y","c":"","":"d"})");
}

TEST(UrlEvent, TheContentTypeDecidesHowABodyIsWritten) {
  const auto body_with = [](const char* type, std::string body) {
    const auto event = event_of(get("/", {{"Content-Type", type}}), std::move(body));
    return std::string(event.at("body").as_string()) +
           (event.at("isBase64Encoded").as_bool() ? " (base64)" : "");
  };
  EXPECT_EQ(body_with("application/json", "{}"), "{}");
  EXPECT_EQ(body_with("text/plain; charset=utf-8", "t"), "t");
  EXPECT_EQ(body_with("image/svg+xml", "<svg/>"), "<svg/>");
  EXPECT_EQ(body_with("application/x-www-form-urlencoded", "a=b"), "YT1i (base64)");
  EXPECT_EQ(body_with("multipart/form-data; boundary=x", "--x"), "LS14 (base64)");
  EXPECT_EQ(body_with("", "x"), "eA== (base64)");
  EXPECT_EQ(body_with("text/plain", "\xff"), "/w== (base64)");
}

TEST(UrlEvent, AnyBytesMakeADocument) {
  const auto event = event_of(get("/\xe4?\xe4=%FF", {{"X-Odd", "\xe4"}}));
  EXPECT_EQ(event.at("rawPath"), "/\u00e4");
  EXPECT_EQ(event.at("headers").at("x-odd"), "\u00e4");
  EXPECT_EQ(event.at("queryStringParameters").at("\u00e4"), "\u00ff");
}

TEST(UrlEvent, WhoSignedIsNamed) {
  const auto event = event_of(
      get("/"), "",
      wire::Identity{.account = "1", .arn = "arn:aws:iam::1:root", .user_id = "U", .access_key_id = "AKIA"});
  EXPECT_EQ(event.at("requestContext").at("accountId"), "1");
  EXPECT_EQ(to_text(event.at("requestContext").at("authorizer")),
            R"({"iam":{"accessKey":"AKIA","accountId":"1","callerId":"U","cognitoIdentity":null,)"
            R"("principalOrgId":null,"userArn":"arn:aws:iam::1:root","userId":"U"}})");
}

}  // namespace
}  // namespace hearth::services::lambda
