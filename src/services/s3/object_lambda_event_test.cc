// Promise: every call is authorized. A function reads an object by a link that only the caller's key could
// sign, and learns nothing by which it could sign anything else.
#include "services/s3/object_lambda_event.h"

#include <gtest/gtest.h>

#include "wire/sigv4.h"

namespace hearth::services::s3 {
namespace {

const InputLink kLink{.host = "127.0.0.1:4566",
                      .bucket = "point-s3alias",
                      .key = "a b/ü+?.txt",
                      .query = {{"versionId", "x/y"}},
                      .headers = {{"x-amz-request-payer", "requester"}},
                      .access_key_id = "AKIAEXAMPLE",
                      .secret = "secret",
                      .session_token = "to/ken+=",
                      .region = "eu-west-1"};

io::Request sent(const std::string& url) {
  const std::string beginning = "http://127.0.0.1:4566";
  EXPECT_TRUE(url.starts_with(beginning));
  return {.method = "GET",
          .target = url.substr(beginning.size()),
          .headers = {{"Host", "127.0.0.1:4566"}, {"X-Amz-Request-Payer", "requester"}}};
}

std::optional<wire::sigv4::Failure> judged(const io::Request& request, TimePoint now) {
  const auto claim = wire::sigv4::parse_claim(request);
  EXPECT_TRUE(claim && *claim);
  const std::string key = wire::sigv4::signing_key(kLink.secret, **claim);
  return wire::sigv4::verify(request, **claim, key, {}, now);
}

TEST(ObjectLambdaEvent, TheLinkIsSignedAsAClientSigns) {
  const TimePoint now = *wire::sigv4::parse_amz_date("20260131T123456Z");
  const io::Request request = sent(signed_link(kLink, now));
  const auto claim = wire::sigv4::parse_claim(request);
  ASSERT_TRUE(claim && *claim);
  EXPECT_EQ((*claim)->session_token, kLink.session_token);
  EXPECT_EQ((*claim)->scope(), "20260131/eu-west-1/s3/aws4_request");
  EXPECT_FALSE(judged(request, now));
  EXPECT_TRUE(judged(request, now + std::chrono::minutes(3)));
}

TEST(ObjectLambdaEvent, TheLinkIsForOneObjectAlone) {
  const TimePoint now = *wire::sigv4::parse_amz_date("20260131T123456Z");
  io::Request request = sent(signed_link(kLink, now));
  request.target.replace(request.target.find("txt"), 3, "png");
  EXPECT_TRUE(judged(request, now));
  request = sent(signed_link(kLink, now));
  request.headers.remove("x-amz-request-payer");
  EXPECT_TRUE(judged(request, now));
}

TEST(ObjectLambdaEvent, WhatProvesWhoAskedIsNotPassedOn) {
  const io::Request request{
      .method = "GET",
      .target = "/b/a%20b?versionId=1&X-Amz-Signature=00&X-Amz-Security-Token=t&Signature=s",
      .headers = {{"Host", "h"},
                  {"Authorization", "secret"},
                  {"X-Amz-Security-Token", "t"},
                  {"Accept", "a"},
                  {"Accept", "b"}}};
  EXPECT_EQ(to_text(json::value(user_request(request))),
            R"({"url":"http://h/b/a%20b?versionId=1","headers":{"Host":"h","Accept":"a,b"}})");
}

TEST(ObjectLambdaEvent, OnlyHeadersThatMustBeSignedAre) {
  const auto found = headers_to_sign({{"X-Amz-Server-Side-Encryption-Customer-Key", "k"},
                                      {"Range", "bytes=0-1"},
                                      {"X-Amz-Checksum-Mode", "ENABLED"},
                                      {"X-Amz-Date", "d"}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, "x-amz-server-side-encryption-customer-key");
}

TEST(ObjectLambdaEvent, AResultSaysHeadersOrAnError) {
  const auto read = [](const char* text) { return read_head_answer(parse_json(text)->as_object()); };
  const auto good =
      read(R"({"statusCode":200,"headers":{"ETag":"\"e\"","Content-Length":9,"Date":"x","Server":"s"}})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->headers,
            (std::vector<std::pair<std::string, std::string>>{{"ETag", "\"e\""}, {"Content-Length", "9"}}));
  EXPECT_EQ(read(R"({"statusCode":404,"errorCode":"NoSuchKey","errorMessage":"none"})")->error_code,
            "NoSuchKey");
  for (const char* bad :
       {"{}", R"({"statusCode":"200"})", R"({"statusCode":99})", R"({"statusCode":200,"headers":[]})",
        R"({"statusCode":200,"headers":{"a":{}}})", R"({"statusCode":200,"headers":{"a":"b\r\nc: d"}})",
        R"({"statusCode":200,"headers":{"a b":"c"}})", R"({"statusCode":200,"headers":{"":"c"}})"}) {
    EXPECT_FALSE(read(bad)) << bad;
  }
}

TEST(ObjectLambdaEvent, TheCallersKindIsTold) {
  const auto type = [](const char* arn) { return user_identity({.arn = arn})["type"]; };
  EXPECT_EQ(type("arn:aws:iam::1:root"), "Root");
  EXPECT_EQ(type("arn:aws:iam::1:user/root"), "IAMUser");
  EXPECT_EQ(type("arn:aws:sts::1:assumed-role/r/s"), "AssumedRole");
  EXPECT_EQ(type("arn:aws:sts::1:federated-user/f"), "FederatedUser");
}

}  // namespace
}  // namespace hearth::services::s3
