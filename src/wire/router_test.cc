// Promise: your AWS code runs unchanged: names in all their forms lead to the right operation and resource.
#include "wire/router.h"

#include <gtest/gtest.h>

#include "api/iam.h"
#include "api/kinesis.h"
#include "api/lambda.h"
#include "api/logs.h"
#include "api/s3.h"
#include "api/s3control.h"
#include "api/sqs.h"
#include "io/loop.h"
#include "wire/resource.h"

namespace hearth::wire {
namespace {

namespace lambda = api::lambda;

std::string matched(std::string method, std::string path, std::string query = {}) {
  const UriTemplates uris(lambda::kService, false);
  UriLabels labels;
  const io::Request request{.method = std::move(method), .target = path + "?" + query};
  const OperationInfo* operation = uris.match(request, request.raw_path(), labels);
  if (!operation) return "nothing";
  std::string text(operation->name);
  for (const auto& [name, value] : labels) text += " " + name + "=" + value;
  return text;
}

TEST(UriTemplates, LabelsAreDecoded) {
  EXPECT_EQ(matched("GET", "/2015-03-31/functions/a%3Ab"), "GetFunction FunctionName=a:b");
  EXPECT_EQ(matched("GET", "/2015-03-31/functions/a:b/"), "GetFunction FunctionName=a:b");
  EXPECT_EQ(matched("GET", "/2015-03-31/functions/f%2Fg"), "GetFunction FunctionName=f/g");
}

// The operation of S3 and what it is about, by a server that is called "localhost" and "cloud.example".
std::string s3_operation(std::string method, std::string target, std::string host = "localhost:4566",
                         io::Headers headers = {}, const sigv4::Claim* claim = nullptr) {
  struct Nobody final : Authorizer {
    Async<void> authorize(const Call&, Permission) override { co_return {}; }
  } nobody;
  const ServiceInfo* services[] = {&lambda::kService, &api::iam::kService, &api::s3control::kService,
                                   &api::s3::kService};
  Router router(services, nobody);
  router.serve_domains({"localhost", "cloud.example"});
  headers.add("Host", std::move(host));
  const io::Request request{
      .method = std::move(method), .target = std::move(target), .headers = std::move(headers)};
  const ServiceInfo* service = router.service_of(request, claim);
  if (service != &api::s3::kService) return service ? std::string(service->name) : "nobody";
  const auto route = router.route(*service, request, {});
  if (!route) return route.error().code;
  std::string text(route->operation->name);
  for (const auto& [name, value] : route->labels) text += " " + value;
  return text;
}

TEST(Router, ABucketStandsInThePathOrBeforeTheHostsName) {
  EXPECT_EQ(s3_operation("GET", "/b/k"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/k", "b.localhost:4566"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/k", "B.With.Dots.cloud.example"), "GetObject b.with.dots k");
  EXPECT_EQ(s3_operation("GET", "/k", "b.s3.eu-west-1.amazonaws.com"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/k", "b.s3-eu-west-1.amazonaws.com"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/b/k", "s3.eu-west-1.amazonaws.com"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/b/k", "127.0.0.1:4566"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/", "b.localhost"), "ListObjects b");
  EXPECT_EQ(s3_operation("GET", "/2015-03-31/functions"), "lambda");
  EXPECT_EQ(s3_operation("GET", "/2015-03-31/functions", "b.localhost"), "GetObject b 2015-03-31/functions");
}

TEST(Router, AnAddressMayHaveALabelBeforeItToo) {
  EXPECT_EQ(s3_operation("GET", "/k", "point-123456789012.127.0.0.1:4566"), "GetObject point-123456789012 k");
  EXPECT_EQ(s3_operation("GET", "/k", "a.b.10.0.0.12"), "GetObject a.b k");
  EXPECT_EQ(s3_operation("GET", "/b/k", "10.0.0.12"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/b/k", "b.0.0.12"), "GetObject b k");
  EXPECT_EQ(s3_operation("GET", "/b/k", "x10.0.0.12"), "GetObject b k");
}

TEST(Router, S3ControlIsToldByTheAccountThatItsRequestsName) {
  sigv4::Claim claim{.service = "s3"};
  const std::string path = "/v20180820/accesspoint";
  const io::Headers account = {{"x-amz-account-id", "123456789012"}};
  EXPECT_EQ(s3_operation("GET", path, "123456789012.localhost", account, &claim), "s3control");
  EXPECT_EQ(s3_operation("GET", path, "localhost", account, &claim), "s3control");
  EXPECT_EQ(s3_operation("GET", path, "123456789012.localhost", account), "s3control");
  EXPECT_EQ(s3_operation("GET", path, "localhost", {}, &claim), "GetObject v20180820 accesspoint");
  EXPECT_EQ(s3_operation("GET", "/b/k", "localhost", account, &claim), "GetObject b k");
}

TEST(Router, AFunctionAnswersByARouteBeforeTheHostsName) {
  const sigv4::Claim claim{.service = "s3-object-lambda"};
  const std::string path = "/WriteGetObjectResponse";
  const io::Headers route = {{"x-amz-request-route", "io"}};
  for (const char* host : {"io.127.0.0.1:4566", "127.0.0.1:4566", "io.localhost",
                           "io.s3-object-lambda.eu-west-1.amazonaws.com"}) {
    EXPECT_EQ(s3_operation("POST", path, host, route, &claim), "WriteGetObjectResponse") << host;
  }
  EXPECT_EQ(s3_operation("GET", "/k", "point-123456789012.localhost", {}, &claim),
            "GetObject point-123456789012 k");
}

TEST(Router, KeysAreWhatStandsBehindTheBucket) {
  EXPECT_EQ(s3_operation("GET", "/"), "ListBuckets");
  EXPECT_EQ(s3_operation("PUT", "/b/"), "CreateBucket b");
  EXPECT_EQ(s3_operation("PUT", "/b//"), "PutObject b /");
  EXPECT_EQ(s3_operation("PUT", "/b//k"), "PutObject b /k");
  EXPECT_EQ(s3_operation("PUT", "/b/a/../k/"), "PutObject b a/../k/");
  EXPECT_EQ(s3_operation("PUT", "/b/a%2Fb%20+"), "PutObject b a/b +");
}

TEST(Router, OneUriIsSeveralOperationsOfS3) {
  const io::Headers copy = {{"x-amz-copy-source", "b/from"}};
  EXPECT_EQ(s3_operation("PUT", "/b/k", "localhost", copy), "CopyObject b k");
  EXPECT_EQ(s3_operation("PUT", "/b/k?partNumber=1&uploadId=u"), "UploadPart b k");
  EXPECT_EQ(s3_operation("PUT", "/b/k?partNumber=1&uploadId=u", "localhost", copy), "UploadPartCopy b k");
  EXPECT_EQ(s3_operation("POST", "/b/k?uploads"), "CreateMultipartUpload b k");
  EXPECT_EQ(s3_operation("POST", "/b/k?uploadId=u"), "CompleteMultipartUpload b k");
  EXPECT_EQ(s3_operation("GET", "/b/k?uploadId=u"), "ListParts b k");
  EXPECT_EQ(s3_operation("GET", "/b?list-type=2"), "ListObjectsV2 b");
  EXPECT_EQ(s3_operation("GET", "/b?list-type=1"), "ListObjects b");
  EXPECT_EQ(s3_operation("GET", "/b?lifecycle"), "GetBucketLifecycleConfiguration b");
  EXPECT_EQ(s3_operation("GET", "/b?abac"), "NotImplemented");
}

TEST(UriTemplates, TheMethodAndEveryLiteralCount) {
  EXPECT_EQ(matched("GET", "/2015-03-31/functions"), "ListFunctions");
  EXPECT_EQ(matched("POST", "/2015-03-31/functions/"), "CreateFunction");
  EXPECT_EQ(matched("PATCH", "/2015-03-31/functions"), "nothing");
  EXPECT_EQ(matched("GET", "/2015-03-31/functions//"), "nothing");
  EXPECT_EQ(matched("GET", "/2015-03-31/functions/f/versions/more"), "nothing");
}

TEST(UriTemplates, AnArnInALastLabelMayKeepItsSlashes) {
  EXPECT_EQ(matched("GET", "/2017-03-31/tags/arn:aws:x:::a/b"), "ListTags Resource=arn:aws:x:::a/b");
  EXPECT_EQ(matched("GET", "/2017-03-31/tags/x/b"), "nothing");
}

TEST(FunctionReference, EveryFormIsUnderstood) {
  const auto parts = [](std::string_view text) {
    const FunctionReference made = parse_function_reference(text);
    return made.region + "|" + made.account + "|" + made.name + "|" + made.qualifier;
  };
  EXPECT_EQ(parts("f"), "||f|");
  EXPECT_EQ(parts("f:prod"), "||f|prod");
  EXPECT_EQ(parts("function:f"), "||f|");
  EXPECT_EQ(parts("123456789012:f"), "|123456789012|f|");
  EXPECT_EQ(parts("123456789012:function:f:1"), "|123456789012|f|1");
  EXPECT_EQ(parts("us-east-1:123456789012:function:f"), "us-east-1|123456789012|f|");
  EXPECT_EQ(parts("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"),
            "us-east-1|123456789012|f|$LATEST");
}

std::string resource(const OperationInfo& operation, std::string_view input) {
  const Call call{.account = "000000000000", .region = "eu-west-1"};
  return resource_of(operation, call, parse_json(input)->as_object());
}

TEST(Resource, TheQualifierBelongsToIt) {
  EXPECT_EQ(resource(lambda::ops::Invoke::kInfo, R"({"FunctionName":"f"})"),
            "arn:aws:lambda:eu-west-1:000000000000:function:f");
  EXPECT_EQ(resource(lambda::ops::Invoke::kInfo, R"({"FunctionName":"f","Qualifier":"prod"})"),
            "arn:aws:lambda:eu-west-1:000000000000:function:f:prod");
  EXPECT_EQ(resource(lambda::ops::Invoke::kInfo, R"({"FunctionName":"123456789012:function:f:prod"})"),
            "arn:aws:lambda:eu-west-1:123456789012:function:f:prod");
}

TEST(Resource, ALayersVersionIsANumber) {
  const std::string arn = "arn:aws:lambda:eu-west-1:123456789012:layer:l";
  EXPECT_EQ(resource(lambda::ops::PublishLayerVersion::kInfo, R"({"LayerName":"l"})"),
            "arn:aws:lambda:eu-west-1:000000000000:layer:l");
  EXPECT_EQ(
      resource(lambda::ops::GetLayerVersion::kInfo, R"({"LayerName":")" + arn + R"(","VersionNumber":7})"),
      arn + ":7");
  EXPECT_EQ(resource(lambda::ops::GetLayerVersionByArn::kInfo, R"({"Arn":")" + arn + R"(:7"})"), arn + ":7");
}

TEST(Resource, WholeArnsAndStarsStayAsTheyAre) {
  EXPECT_EQ(resource(lambda::ops::TagResource::kInfo, R"({"Resource":"arn:aws:lambda:x:1:function:f"})"),
            "arn:aws:lambda:x:1:function:f");
  EXPECT_EQ(resource(lambda::ops::ListFunctions::kInfo, "{}"), "*");
  EXPECT_EQ(
      resource(
          api::logs::ops::GetLogEvents::kInfo,
          R"({"logGroupIdentifier":"arn:aws:logs:us-east-1:123456789012:log-group:/g:*","logStreamName":"s"})"),
      "arn:aws:logs:us-east-1:123456789012:log-group:/g:log-stream:s");
}

TEST(Resource, AQueuesUrlSaysWhoseItIs) {
  const auto of_url = [](std::string url) {
    return resource(api::sqs::ops::SendMessage::kInfo, R"({"QueueUrl":")" + url + R"("})");
  };
  EXPECT_EQ(of_url("https://sqs.us-east-1.amazonaws.com/123456789012/q"),
            "arn:aws:sqs:eu-west-1:123456789012:q");
  EXPECT_EQ(of_url("/123456789012/q"), "arn:aws:sqs:eu-west-1:123456789012:q");
  EXPECT_EQ(of_url("q"), "arn:aws:sqs:eu-west-1:000000000000:q");
  EXPECT_EQ(resource(api::sqs::ops::GetQueueUrl::kInfo,
                     R"({"QueueName":"q","QueueOwnerAWSAccountId":"123456789012"})"),
            "arn:aws:sqs:eu-west-1:123456789012:q");
  EXPECT_EQ(resource(api::sqs::ops::GetQueueUrl::kInfo, R"({"QueueName":"q"})"),
            "arn:aws:sqs:eu-west-1:000000000000:q");
}

TEST(Resource, AStreamsArnSaysWhoseItIs) {
  const auto of = [](const char* input) { return resource(api::kinesis::ops::PutRecord::kInfo, input); };
  EXPECT_EQ(of(R"({"StreamName":"s"})"), "arn:aws:kinesis:eu-west-1:000000000000:stream/s");
  EXPECT_EQ(of(R"({"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s"})"),
            "arn:aws:kinesis:us-east-1:123456789012:stream/s");
  EXPECT_EQ(of(R"({"StreamName":"own","StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s"})"),
            "arn:aws:kinesis:eu-west-1:000000000000:stream/own");
}

TEST(Resource, OfAGlobalServiceNamesNoRegion) {
  EXPECT_EQ(resource(api::iam::ops::GetRole::kInfo, R"({"RoleName":"r"})"),
            "arn:aws:iam::000000000000:role/r");
  EXPECT_EQ(resource(api::iam::ops::CreateRole::kInfo, R"({"RoleName":"r","Path":"/a/b/"})"),
            "arn:aws:iam::000000000000:role/a/b/r");
}

class Recorder final : public Authorizer {
 public:
  Async<void> authorize(const Call& call, Permission permission) override {
    asked.push_back(permission.action + " " + permission.resource);
    if (permission.action == refused) co_return access_denied(call, "no");
    co_return {};
  }
  std::vector<std::string> asked;
  std::string refused;
};

class Everyone final : public Authorizer {
 public:
  Async<void> authorize(const Call&, Permission permission) override {
    resources.push_back(std::move(permission.resource));
    co_return {};
  }
  std::vector<std::string> resources;
};

class OnePath final : public ResourceResolver {
 public:
  Async<std::string> resolve(const Call&, std::string resource) override { co_return resource + "#resolved"; }
};

TEST(Router, AResolverSaysWhatThePermissionIsAskedFor) {
  Everyone authorizer;
  OnePath resolver;
  const ServiceInfo* const services[] = {&api::iam::kService, &lambda::kService};
  Router router(services, authorizer);
  router.resolve_with(api::iam::kService, resolver);
  io::Loop loop;
  const auto ask = [&](const OperationInfo& operation, std::string_view input) {
    Call call{.account = "000000000000", .region = "eu-west-1", .operation = &operation};
    Message message;
    message.document = parse_json(input)->as_object();
    auto body = [&]() -> Task<void> { (void)co_await router.dispatch(call, std::move(message)); };
    loop.run_until_done(body());
  };
  ask(api::iam::ops::GetRole::kInfo, R"({"RoleName":"r"})");
  ask(lambda::ops::GetFunction::kInfo, R"({"FunctionName":"f"})");
  EXPECT_EQ(authorizer.resources,
            (std::vector<std::string>{"arn:aws:iam::000000000000:role/r#resolved",
                                      "arn:aws:lambda:eu-west-1:000000000000:function:f"}));
}

TEST(Router, TagsOfSomethingNewNeedThePermissionToTagIt) {
  Recorder authorizer;
  const ServiceInfo* const services[] = {&api::iam::kService};
  Router router(services, authorizer);
  io::Loop loop;
  const auto asked = [&](std::string_view input) {
    Call call{.account = "000000000000", .operation = &api::iam::ops::CreateRole::kInfo};
    Message message;
    message.document = parse_json(input)->as_object();
    authorizer.asked.clear();
    auto body = [&]() -> Task<void> { (void)co_await router.dispatch(call, std::move(message)); };
    loop.run_until_done(body());
    return authorizer.asked;
  };
  const std::string role = " arn:aws:iam::000000000000:role/r";
  using Asked = std::vector<std::string>;
  const Asked without{"iam:CreateRole" + role}, with{"iam:CreateRole" + role, "iam:TagRole" + role};
  EXPECT_EQ(asked(R"({"RoleName":"r","Path":"/"})"), without);
  EXPECT_EQ(asked(R"({"RoleName":"r","Path":"/","Tags":[]})"), without);
  EXPECT_EQ(asked(R"({"RoleName":"r","Path":"/","Tags":[{"Key":"a","Value":"b"}]})"), with);
  authorizer.refused = "iam:CreateRole";
  EXPECT_EQ(asked(R"({"RoleName":"r","Path":"/","Tags":[{"Key":"a","Value":"b"}]})"), without);
}

}  // namespace
}  // namespace hearth::wire
