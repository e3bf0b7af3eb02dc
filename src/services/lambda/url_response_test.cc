// Promise: your AWS code runs unchanged.
// A function's result becomes the answer of its URL by the service's rules, and never more than an answer.
#include "services/lambda/url_response.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

// "200 application/json body", with further headers in between; "(none)" for what is no answer.
std::string shown(const std::optional<io::Response>& response) {
  if (!response) return "(none)";
  std::string text = std::to_string(response->status);
  for (const auto& [name, value] : response->headers) text += " " + name + "=" + value;
  return text + " " + *response->body.bytes();
}

std::string answer(const std::string& result) {
  return shown(response_of_result(result));
}

TEST(UrlResponse, AValueWithoutAStatusIsTheBody) {
  EXPECT_EQ(answer(R"({"a": [1]})"), R"(200 Content-Type=application/json {"a":[1]})");
  EXPECT_EQ(answer(R"("text")"), "200 Content-Type=application/json text");
  EXPECT_EQ(answer("[1,2]"), "200 Content-Type=application/json [1,2]");
  EXPECT_EQ(answer("null"), "200 Content-Type=application/json null");
  EXPECT_EQ(answer(R"({"body":"b"})"), R"(200 Content-Type=application/json {"body":"b"})");
}

TEST(UrlResponse, AnObjectWithAStatusSaysWhatToAnswer) {
  EXPECT_EQ(answer(R"({"statusCode":201,"headers":{"X-A":"1","content-type":"text/html"},)"
                   R"("cookies":["a=b; Secure","c=d"],"body":"<p>"})"),
            "201 X-A=1 content-type=text/html Set-Cookie=a=b; Secure Set-Cookie=c=d <p>");
  EXPECT_EQ(answer(R"({"statusCode":"404"})"), "404 Content-Type=application/json ");
  EXPECT_EQ(answer(R"({"statusCode":200,"headers":{"N":5,"B":true},"body":{"x":1}})"),
            R"(200 N=5 B=true Content-Type=application/json {"x":1})");
  EXPECT_EQ(answer(R"({"statusCode":200,"body":"aGk=","isBase64Encoded":true})"),
            "200 Content-Type=application/json hi");
}

TEST(UrlResponse, WhatIsMalformedIsNoAnswer) {
  for (const char* result :
       {"", "{", R"({"statusCode":"x"})", R"({"statusCode":null})", R"({"statusCode":101})",
        R"({"statusCode":200,"headers":{"a b":"c"}})", R"({"statusCode":200,"headers":{"a\r\nb":"c"}})",
        R"({"statusCode":200,"body":"%%","isBase64Encoded":true})"}) {
    EXPECT_EQ(answer(result), "(none)") << result;
  }
}

TEST(UrlResponse, HowTheMessageIsFramedIsNotTheFunctionsMatter) {
  EXPECT_EQ(answer(R"({"statusCode":200,"headers":{"Content-Length":"9","transfer-encoding":"chunked",)"
                   R"("Connection":"close","X":"y"},"body":"b"})"),
            "200 X=y Content-Type=application/json b");
}

TEST(UrlResponse, APreludeIsAHeadWithoutABody) {
  EXPECT_EQ(shown(response_of_prelude(R"({"statusCode":207,"headers":{"A":"b"},"cookies":["c=d"]})")),
            "207 A=b Set-Cookie=c=d Content-Type=application/octet-stream ");
  EXPECT_EQ(shown(response_of_prelude("{}")), "200 Content-Type=application/octet-stream ");
  EXPECT_EQ(shown(response_of_prelude("7")), "(none)");
}

}  // namespace
}  // namespace hearth::services::lambda
