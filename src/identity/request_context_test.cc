// Promise: every call is authorized, and policies see of a request what it was.
#include "identity/request_context.h"

#include <gmock/gmock.h>

#include "io/http_message.h"

namespace hearth::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> of(const ConditionContext& context, std::string_view key) {
  const auto found = context.find(key);
  return {found.begin(), found.end()};
}

TEST(RequestContext, HoldsWhenWhereAndHowARequestCame) {
  io::Request request{.headers = {{"User-Agent", "aws-cli"}, {"Referer", "https://a.example"}}};
  const wire::Call call{.region = "eu-west-1",
                        .received_at = from_epoch_ms(1'769'860'800'123),
                        .source_ip = "[::1]",
                        .tls = true,
                        .request = &request};
  ConditionContext context;
  add_request_keys(call, {.resource_account = "111122223333"}, context);
  EXPECT_THAT(of(context, "aws:CurrentTime"), ElementsAre("2026-01-31T12:00:00Z"));
  EXPECT_THAT(of(context, "aws:EpochTime"), ElementsAre("1769860800"));
  EXPECT_THAT(of(context, "aws:SourceIp"), ElementsAre("::1"));
  EXPECT_THAT(of(context, "AWS:SECURETRANSPORT"), ElementsAre("true"));
  EXPECT_THAT(of(context, "aws:RequestedRegion"), ElementsAre("eu-west-1"));
  EXPECT_THAT(of(context, "aws:ResourceAccount"), ElementsAre("111122223333"));
  EXPECT_THAT(of(context, "aws:UserAgent"), ElementsAre("aws-cli"));
  EXPECT_THAT(of(context, "aws:Referer"), ElementsAre("https://a.example"));
}

TEST(RequestContext, WhatComesFromInsideComesFromNoAddress) {
  ConditionContext context;
  add_request_keys({.source_ip = "127.0.0.1"}, {}, context);
  EXPECT_THAT(of(context, "aws:SourceIp"), IsEmpty());
}

TEST(RequestContext, HoldsForS3HowARequestIsSigned) {
  io::Request request{.headers = {{"Authorization",
                                   "AWS4-HMAC-SHA256 Credential=AKIA/20260131/us-east-1/s3/aws4_request, "
                                   "SignedHeaders=host, Signature=00"},
                                  {"X-Amz-Date", "20260131T120000Z"},
                                  {"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}}};
  const wire::Call call{.received_at = from_epoch_ms(1'769'860'800'123), .request = &request};
  ConditionContext context;
  add_s3_keys(call, {.resource_account = "111122223333"}, context);
  EXPECT_THAT(of(context, "s3:authType"), ElementsAre("REST-HEADER"));
  EXPECT_THAT(of(context, "s3:signatureversion"), ElementsAre("AWS4-HMAC-SHA256"));
  EXPECT_THAT(of(context, "s3:signatureAge"), ElementsAre("123"));
  EXPECT_THAT(of(context, "s3:x-amz-content-sha256"), ElementsAre("UNSIGNED-PAYLOAD"));
  EXPECT_THAT(of(context, "s3:ResourceAccount"), ElementsAre("111122223333"));
  EXPECT_THAT(of(context, "s3:ObjectCreationOperation"), IsEmpty());
}

TEST(RequestContext, NobodyInParticularSignsNothing) {
  io::Request request;
  ConditionContext context;
  add_s3_keys({.identity = {.anonymous = true}, .request = &request}, {}, context);
  EXPECT_THAT(of(context, "s3:authType"), IsEmpty());
}

TEST(RequestContext, TagsOfTheResourceAreSeenUnderBothNames) {
  ConditionContext context;
  add_resource_tags("iam:GetRole", {{"team", "red"}}, context);
  EXPECT_THAT(of(context, "aws:ResourceTag/team"), ElementsAre("red"));
  EXPECT_THAT(of(context, "iam:ResourceTag/team"), ElementsAre("red"));
}

}  // namespace
}  // namespace hearth::identity
