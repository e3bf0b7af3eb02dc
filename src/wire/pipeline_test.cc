// Promise: your AWS code runs unchanged: a signed request reaches its handler, and nobody else's does.
#include "wire/pipeline.h"

#include <gtest/gtest.h>

#include "api/iam.h"
#include "api/lambda.h"
#include "api/logs.h"
#include "api/sqs.h"
#include "api/sts.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "io/http_client.h"
#include "io/http_server.h"
#include "io/timeout.h"
#include "wire/aws_chunked.h"

namespace hearth::wire {
namespace {

namespace lambda = api::lambda;
namespace logs = api::logs;
namespace sqs = api::sqs;
namespace sts = api::sts;

constexpr std::string_view kKey = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

class Keys final : public CredentialSource {
 public:
  Async<std::optional<Credential>> find(std::string access_key_id, std::string) override {
    if (access_key_id == "AKIDTHROWS") throw std::runtime_error("on purpose");
    if (access_key_id != kKey && access_key_id != "ASIASESSION" && access_key_id != "test")
      co_return std::nullopt;
    Credential credential{.secret = std::string(kSecret),
                          .identity = {.account = "000000000000",
                                       .arn = "arn:aws:iam::000000000000:user/me",
                                       .user_id = "AIDAME",
                                       .access_key_id = access_key_id}};
    credential.unchecked = access_key_id == "test";
    if (access_key_id == "ASIASESSION") {
      credential.session_token = "token";
      credential.expires_at = expires_at;
    }
    co_return credential;
  }
  TimePoint expires_at = TimePoint::max();
};

// Lets everyone do everything but what `refused` names, and remembers what was asked.
class Rules final : public Authorizer {
 public:
  Async<void> authorize(const Call& call, Permission permission) override {
    asked.push_back(permission.action + " " + permission.resource);
    if (permission.action == refused)
      co_return access_denied(call, "User: " + call.identity.arn + " is not authorized");
    co_return {};
  }
  std::vector<std::string> asked;
  std::string refused;
};

struct Functions {
  Async<lambda::InvocationResponse> invoke(const Call&, lambda::InvocationRequest input) {
    if (input.function_name == "gone")
      co_return lambda::errors::resource_not_found_exception("Function not found: gone");
    if (input.function_name == "throws") throw std::runtime_error("on purpose");
    if (input.function_name == "leaks") co_return Error{"IoError", "/secret/path"};
    if (input.function_name == "busy") {
      Error error = lambda::errors::too_many_requests_exception("Rate Exceeded.");
      error.extra = {{"Reason", "CallerRateLimitExceeded"}, {"retryAfterSeconds", "7"}};
      co_return error;
    }
    lambda::InvocationResponse output;
    output.status_code = 200;
    output.executed_version = "$LATEST";
    output.payload = "echo " + input.payload.value_or("nothing");
    co_return output;
  }
  Async<lambda::FunctionConfiguration> create(const Call& call, lambda::CreateFunctionRequest input) {
    lambda::FunctionConfiguration output;
    output.function_name = input.function_name;
    output.function_arn = call.arn("lambda", "function:" + input.function_name);
    output.code_size = static_cast<int64_t>(input.code.zip_file.value_or("").size());
    output.timeout = input.timeout;
    co_return output;
  }
  Async<lambda::DeleteFunctionOutput> remove(const Call&, lambda::DeleteFunctionInput) {
    lambda::DeleteFunctionOutput output;
    output.status_code = 204;
    co_return output;
  }
};

struct Rest {
  Async<sts::GetCallerIdentityResponse> who(const Call& call, sts::GetCallerIdentityRequest) {
    co_return sts::GetCallerIdentityResponse{
        .user_id = call.identity.user_id, .account = call.account, .arn = call.identity.arn};
  }
  Async<logs::CreateLogGroupOutput> create_group(const Call&, logs::CreateLogGroupRequest) {
    co_return logs::errors::resource_already_exists_exception("The specified log group already exists");
  }
};

struct Queues {
  Async<sqs::GetQueueAttributesResult> attributes(const Call&, sqs::GetQueueAttributesRequest input) {
    if (input.queue_url.ends_with("/gone")) co_return sqs::errors::queue_does_not_exist("There is none.");
    sqs::GetQueueAttributesResult output;
    output.attributes = {{"Asked", input.attribute_names ? input.attribute_names->front() : "nothing"},
                         {"Url", input.queue_url}};
    co_return output;
  }
};

struct SignOptions {
  std::string service = "lambda";
  std::string key = std::string(kKey);
  std::string secret = std::string(kSecret);
  std::string token = {};
  std::string payload_hash = {};
  std::chrono::seconds age{0};
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    router_.on<lambda::ops::Invoke>(functions_, &Functions::invoke);
    router_.on<lambda::ops::CreateFunction>(functions_, &Functions::create);
    router_.on<lambda::ops::DeleteFunction>(functions_, &Functions::remove);
    router_.on<sts::ops::GetCallerIdentity>(rest_, &Rest::who);
    router_.on<logs::ops::CreateLogGroup>(rest_, &Rest::create_group);
    router_.on<sqs::ops::GetQueueAttributes>(queues_, &Queues::attributes);
  }

  static io::Request request(std::string method, std::string target, std::string body = {},
                             io::Headers headers = {}) {
    io::Request made{.method = std::move(method), .target = std::move(target), .headers = std::move(headers)};
    made.body = std::move(body);
    made.headers.set("Host", "localhost:4566");
    made.peer = "127.0.0.1:5000";
    return made;
  }
  static io::Request sign(io::Request made, SignOptions options) {
    sigv4::Claim claim{.access_key_id = options.key,
                       .region = "eu-west-1",
                       .service = options.service,
                       .signed_headers = {"host", "x-amz-date"}};
    claim.timestamp = amz_basic_date(system_clock().now() - options.age);
    claim.date = claim.timestamp.substr(0, 8);
    made.headers.set("X-Amz-Date", claim.timestamp);
    if (!options.token.empty()) made.headers.set("X-Amz-Security-Token", options.token);
    std::string hash =
        options.payload_hash.empty() ? hex_encode(sha256(*made.body.bytes())) : options.payload_hash;
    if (!options.payload_hash.empty()) made.headers.set("X-Amz-Content-Sha256", options.payload_hash);
    const std::string text = sigv4::string_to_sign(
        claim, sigv4::canonical_request(made, claim, hash, sigv4::PathRules::for_service(options.service)));
    claim.signature = sigv4::signature_of(sigv4::signing_key(options.secret, claim), text);
    made.headers.set("Authorization", "AWS4-HMAC-SHA256 Credential=" + options.key + "/" + claim.scope() +
                                          ", SignedHeaders=host;x-amz-date, Signature=" + claim.signature);
    return made;
  }

  struct Answer {
    int status;
    io::Headers headers;
    std::string body;
  };
  Answer send(io::Request made) {
    Answer answer{};
    auto run = [](const Pipeline& pipeline, io::Request to_send, Answer& out) -> Task<void> {
      io::Response response = co_await pipeline.serve(std::move(to_send));
      const auto body = co_await response.body.read_all(16 << 20);
      out = {response.status, response.headers, body.value_or("unreadable")};
    };
    loop_.run_until_done(run(pipeline_, std::move(made), answer));
    return answer;
  }
  Answer invoke(std::string function, std::string body = "{}", SignOptions options = {}) {
    return send(sign(request("POST", "/2015-03-31/functions/" + function + "/invocations", std::move(body)),
                     options));
  }

  io::Loop loop_;
  Keys keys_;
  Rules rules_;
  Functions functions_;
  Rest rest_;
  Queues queues_;
  std::vector<const ServiceInfo*> services_ = {&lambda::kService, &sts::kService, &logs::kService,
                                               &api::iam::kService, &sqs::kService};
  Router router_{services_, rules_};
  Pipeline pipeline_{router_, keys_, system_clock(), system_random()};
};

TEST_F(PipelineTest, ASignedInvokeReachesItsHandler) {
  const Answer answer = invoke("f", R"({"a":1})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"(echo {"a":1})");
  EXPECT_EQ(answer.headers.get("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(answer.headers.get("x-amzn-RequestId").size(), 36u);
  EXPECT_EQ(
      rules_.asked,
      (std::vector<std::string>{"lambda:InvokeFunction arn:aws:lambda:eu-west-1:000000000000:function:f"}));
  EXPECT_EQ(pipeline_.uncaught_exceptions(), 0u);
}

TEST_F(PipelineTest, EncodedArnsAndTrailingSlashesAreUnderstood) {
  EXPECT_EQ(invoke("arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af%3Aprod").status, 200);
  EXPECT_EQ(rules_.asked.back(),
            "lambda:InvokeFunction arn:aws:lambda:eu-west-1:000000000000:function:f:prod");
  const std::string body =
      R"({"FunctionName":"g","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":"AAEC"}})";
  for (const char* path : {"/2015-03-31/functions", "/2015-03-31/functions/"}) {
    const Answer answer = send(sign(request("POST", path, body), {}));
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body,
              R"({"FunctionName":"g","FunctionArn":"arn:aws:lambda:eu-west-1:000000000000:function:g",)"
              R"("CodeSize":3,"Timeout":3})");
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/json");
  }
}

TEST_F(PipelineTest, AnAnswerWithoutContentHasNoBody) {
  const Answer answer = send(sign(request("DELETE", "/2015-03-31/functions/f"), {}));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
}

TEST_F(PipelineTest, AChangedBodyIsRefused) {
  io::Request made = sign(request("POST", "/2015-03-31/functions/f/invocations", "one"), {});
  made.body = std::string("two");
  const Answer answer = send(std::move(made));
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.headers.get("x-amzn-ErrorType"), "InvalidSignatureException");
  EXPECT_TRUE(rules_.asked.empty());
}

TEST_F(PipelineTest, ABodyUnderADeclaredHashIsHeldToIt) {
  const std::string hash = hex_encode(sha256("one"));
  EXPECT_EQ(invoke("f", "one", {.payload_hash = hash}).status, 200);
  EXPECT_EQ(invoke("f", "two", {.payload_hash = hash}).status, 403);
  EXPECT_EQ(invoke("f", "two", {.payload_hash = "UNSIGNED-PAYLOAD"}).status, 200);
}

TEST_F(PipelineTest, RefusalsHaveTheirCodes) {
  const auto code = [](const Answer& answer) {
    return std::to_string(answer.status) + " " + std::string(answer.headers.get("x-amzn-ErrorType"));
  };
  EXPECT_EQ(code(send(request("POST", "/2015-03-31/functions/f/invocations", "{}"))),
            "403 MissingAuthenticationTokenException");
  EXPECT_EQ(code(invoke("f", "{}", {.key = "AKIDNOBODY"})), "403 UnrecognizedClientException");
  EXPECT_EQ(code(invoke("f", "{}", {.secret = "wrong"})), "403 InvalidSignatureException");
  EXPECT_EQ(code(invoke("f", "{}", {.service = "sts"})), "400 ");  // a form without an Action
  EXPECT_EQ(code(invoke("f", "{}", {.age = std::chrono::seconds(3600)})), "403 InvalidSignatureException");
  EXPECT_EQ(code(invoke("f", "{}", {.key = "ASIASESSION"})), "403 UnrecognizedClientException");
  EXPECT_EQ(code(invoke("f", "{}", {.key = "ASIASESSION", .token = "other"})),
            "403 UnrecognizedClientException");
  EXPECT_EQ(code(invoke("f", "{}", {.key = "ASIASESSION", .token = "token"})), "200 ");
  keys_.expires_at = TimePoint{};
  EXPECT_EQ(code(invoke("f", "{}", {.key = "ASIASESSION", .token = "token"})), "403 ExpiredTokenException");
}

TEST_F(PipelineTest, AnyoneMaySignAsAKeyThatIsNotChecked) {
  EXPECT_EQ(invoke("f", "{}", {.key = "test", .secret = "whatever"}).status, 200);
  EXPECT_EQ(invoke("f", "{}", {.key = "test", .age = std::chrono::seconds(3600)}).status, 200);
  EXPECT_EQ(rules_.asked.size(), 2U);  // but is asked what they may do
}

TEST_F(PipelineTest, ARefusedPermissionNamesTheCaller) {
  rules_.refused = "lambda:InvokeFunction";
  const Answer answer = invoke("f");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.headers.get("x-amzn-ErrorType"), "AccessDeniedException");
  EXPECT_EQ(answer.body, R"({"Message":"User: arn:aws:iam::000000000000:user/me is not authorized"})");
}

TEST_F(PipelineTest, ModelledErrorsKeepTheirSpelling) {
  const Answer gone = invoke("gone");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.headers.get("x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(gone.body, R"({"Type":"User","Message":"Function not found: gone"})");
  const Answer busy = invoke("busy");
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.get("Retry-After"), "7");
  EXPECT_EQ(busy.body, R"({"Type":"User","message":"Rate Exceeded.","Reason":"CallerRateLimitExceeded"})");
}

TEST_F(PipelineTest, WhatGoesWrongInsideStaysInside) {
  const Answer leaks = invoke("leaks");
  EXPECT_EQ(leaks.status, 500);
  EXPECT_EQ(leaks.headers.get("x-amzn-ErrorType"), "InternalFailure");
  EXPECT_EQ(leaks.body.find("secret"), std::string::npos);
  EXPECT_EQ(pipeline_.uncaught_exceptions(), 0u);
  EXPECT_EQ(invoke("throws").status, 500);
  EXPECT_EQ(pipeline_.uncaught_exceptions(), 1u);
}

TEST_F(PipelineTest, BodiesBeyondTheOperationsLimitAreRefused) {
  const Answer sync = invoke("f", std::string(6291557, 'x'));
  EXPECT_EQ(sync.status, 413);
  EXPECT_EQ(sync.headers.get("x-amzn-ErrorType"), "RequestTooLargeException");
  EXPECT_EQ(
      sync.body,
      R"({"Type":"User","message":"6291557 byte payload is too large for the RequestResponse invocation )"
      R"x(type (limit 6291456 bytes)"})x");
  io::Request event = request("POST", "/2015-03-31/functions/f/invocations", std::string(1048577, 'x'),
                              {{"X-Amz-Invocation-Type", "Event"}});
  EXPECT_EQ(send(sign(std::move(event), {})).status, 413);
}

TEST_F(PipelineTest, ConstraintFailuresComeInTheFrameworksForm) {
  const Answer answer = send(sign(request("POST", "/2015-03-31/functions", R"({"FunctionName":"f"})"), {}));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.get("x-amzn-ErrorType"), "ValidationException");
  EXPECT_EQ(
      answer.body,
      R"({"message":"2 validation errors detected: Value null at 'role' failed to satisfy constraint: Member must )"
      R"(not be null; Value null at 'code' failed to satisfy constraint: Member must not be null"})");
}

TEST_F(PipelineTest, QueryRequestsAreFoundByTheirAction) {
  const io::Headers form{{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  const Answer answer = send(
      sign(request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", form), {.service = "sts"}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.starts_with(
      R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>)"))
      << answer.body;
  EXPECT_NE(answer.body.find("<Arn>arn:aws:iam::000000000000:user/me</Arn>"), std::string::npos);
  EXPECT_TRUE(rules_.asked.empty()) << "everyone may ask who they are";

  const Answer unsigned_one = send(request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", form));
  EXPECT_EQ(unsigned_one.status, 403);
  EXPECT_NE(unsigned_one.body.find("<Type>Sender</Type><Code>MissingAuthenticationToken</Code>"),
            std::string::npos);

  const Answer unserved = send(
      sign(request("POST", "/", "Action=CreateSAMLProvider&Version=2010-05-08", form), {.service = "iam"}));
  EXPECT_EQ(unserved.status, 501);
  EXPECT_NE(unserved.body.find("IAM CreateSAMLProvider is not implemented"), std::string::npos);
}

TEST_F(PipelineTest, AServiceMaySpeakTwoProtocols) {
  const io::Headers form{{"Content-Type", "application/x-www-form-urlencoded"}};
  const io::Headers json{{"Content-Type", "application/x-amz-json-1.0"},
                         {"X-Amz-Target", "AmazonSQS.GetQueueAttributes"}};
  const auto post = [&](std::string path, std::string body, const io::Headers& headers) {
    return send(sign(request("POST", std::move(path), std::move(body), headers), {.service = "sqs"}));
  };
  Answer answer = post("/", R"({"QueueUrl":"http://h/1/q","AttributeNames":["A"]})", json);
  EXPECT_EQ(answer.body, R"({"Attributes":{"Asked":"A","Url":"http://h/1/q"}})");
  constexpr std::string_view kAnswer =
      R"(<GetQueueAttributesResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><GetQueueAttributesResult>)"
      R"(<Attribute><Name>Asked</Name><Value>A</Value></Attribute>)";
  const std::string action = "Action=GetQueueAttributes&Version=2012-11-05&AttributeName.1=A";
  answer = post("/", action + "&QueueUrl=http%3A%2F%2Fh%2F1%2Fq", form);
  EXPECT_TRUE(answer.body.starts_with(kAnswer)) << answer.body;
  EXPECT_EQ(rules_.asked.back(), "sqs:GetQueueAttributes arn:aws:sqs:eu-west-1:1:q");
  answer = send(sign(request("GET", "/1/q?" + action), {.service = "sqs"}));
  EXPECT_TRUE(answer.body.starts_with(kAnswer)) << answer.body;
  EXPECT_NE(answer.body.find("<Value>/1/q</Value>"), std::string::npos) << "the path stands for the URL";
}

TEST_F(PipelineTest, ErrorsOfAServiceWithTwoProtocolsHaveTwoCodes) {
  const io::Headers form{{"Content-Type", "application/x-www-form-urlencoded"}};
  const auto by_json = [&](std::string body) {
    return send(
        sign(request("POST", "/", std::move(body), {{"X-Amz-Target", "AmazonSQS.GetQueueAttributes"}}),
             {.service = "sqs"}));
  };
  const auto by_form = [&](std::string path, std::string body) {
    return send(sign(request("POST", std::move(path), std::move(body), form), {.service = "sqs"}));
  };
  Answer answer = by_json(R"({"QueueUrl":"http://h/1/gone"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.get("x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
  EXPECT_EQ(answer.body, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"There is none."})");
  answer = by_form("/1/gone", "Action=GetQueueAttributes");
  EXPECT_NE(answer.body.find("<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
                             "<Message>The specified queue does not exist for this wsdl version.</Message>"),
            std::string::npos)
      << answer.body;
  EXPECT_EQ(by_json("{}").body, R"({"__type":"com.amazonaws.sqs#MissingRequiredParameterException",)"
                                R"("message":"The request must contain the parameter QueueUrl."})");
  EXPECT_NE(by_form("/", "Action=GetQueueAttributes").body.find("<Code>MissingParameter</Code>"),
            std::string::npos);
  constexpr std::string_view kInvalid =
      "<Code>InvalidAction</Code><Message>The action ListQueues is not valid";
  EXPECT_NE(by_form("/1/q", "Action=ListQueues").body.find(kInvalid), std::string::npos);

  rules_.refused = "sqs:GetQueueAttributes";
  answer = by_json(R"({"QueueUrl":"http://h/1/q"})");
  EXPECT_EQ(answer.headers.get("x-amzn-query-error"), "AccessDenied;Sender");
  EXPECT_EQ(answer.status, 400);
  answer = by_form("/1/q", "Action=GetQueueAttributes");
  EXPECT_NE(answer.body.find("<Code>AccessDenied</Code>"), std::string::npos);
  EXPECT_EQ(answer.status, 403);
}

TEST_F(PipelineTest, JsonRequestsAreFoundByTheirTarget) {
  const auto target = [&](const char* operation) {
    return sign(request("POST", "/", R"({"logGroupName":"g"})",
                        {{"X-Amz-Target", std::string("Logs_20140328.") + operation},
                         {"Content-Type", "application/x-amz-json-1.1"}}),
                {.service = "logs"});
  };
  const Answer answer = send(target("CreateLogGroup"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(
      answer.body,
      R"({"__type":"ResourceAlreadyExistsException","message":"The specified log group already exists"})");
  EXPECT_EQ(send(target("CreateDelivery")).status, 501);
  EXPECT_EQ(send(target("Nonsense")).body, R"({"__type":"UnknownOperationException"})");
}

TEST_F(PipelineTest, OperationsThatAreNotServedAnswerByName) {
  const Answer answer = send(sign(request("GET", "/2020-04-22/code-signing-configs"), {}));
  EXPECT_EQ(answer.status, 501);
  EXPECT_EQ(answer.headers.get("x-amzn-ErrorType"), "NotImplemented");
  EXPECT_EQ(answer.body, R"({"message":"Lambda ListCodeSigningConfigs is not implemented by this server."})");
  EXPECT_EQ(send(sign(request("GET", "/no/such/path"), {})).status, 404);
}

TEST_F(PipelineTest, InternalCallsAreValidatedAndAuthorizedToo) {
  Call caller{.account = "000000000000", .region = "eu-west-1", .request_id = "r", .clock = &system_clock()};
  caller.identity = {.account = "000000000000", .arn = "arn:aws:sts::000000000000:assumed-role/r/s"};
  const auto call = [&](std::string operation, std::string_view input) {
    std::optional<Result<json::value>> result;
    auto run = [](const Router& router, std::string name, json::value document, Call who,
                  std::optional<Result<json::value>>& out) -> Task<void> {
      out = co_await router.call("lambda", name, std::move(document), std::move(who));
    };
    loop_.run_until_done(run(router_, std::move(operation), *parse_json(input), caller, result));
    return *std::move(result);
  };
  EXPECT_EQ(to_text(*call("Invoke", R"({"FunctionName":"f","Payload":"{}"})")),
            R"({"StatusCode":200,"ExecutedVersion":"$LATEST","Payload":"echo {}"})");
  EXPECT_EQ(call("Invoke", "{}").error().code, "ValidationException");
  EXPECT_EQ(call("ListCodeSigningConfigs", "{}").error().code, "NotImplemented");
  EXPECT_EQ(call("Nonsense", "{}").error().code, "UnknownOperationException");
  rules_.refused = "lambda:InvokeFunction";
  EXPECT_EQ(call("Invoke", R"({"FunctionName":"f"})").error().code, "AccessDeniedException");
}

TEST_F(PipelineTest, ServedOperationsWithoutAHandlerAreNamed) {
  const std::vector<std::string> missing = router_.missing();
  EXPECT_NE(std::ranges::find(missing, "lambda:GetFunction"), missing.end());
  EXPECT_EQ(std::ranges::find(missing, "lambda:Invoke"), missing.end());
}

TEST_F(PipelineTest, ServesOverARealConnection) {
  io::Loops loops(1);
  const auto handler = [this](io::Request made) { return pipeline_.serve(std::move(made)); };
  io::HttpServer server(loops, handler);
  auto listener = io::listen_on({.host = "127.0.0.1", .port = 0});
  ASSERT_TRUE(listener.has_value());
  const io::Address address = io::local_address(listener->get());
  server.serve(*std::move(listener));
  loops.start();
  std::optional<Result<std::string>> body;
  auto run = [](io::Address to, io::Request made, std::optional<Result<std::string>>& out) -> Task<void> {
    io::HttpClient client;
    auto response = co_await client.send(to, std::move(made));
    if (!response) {
      out = fail(response.error());
      co_return;
    }
    out = co_await response->body.read_all(1 << 20);
  };
  loop_.run_until_done(
      run(address,
          sign(request("POST", "/2015-03-31/functions/f/invocations", std::string(100'000, 'x')), {}), body));
  loops.stop();
  ASSERT_TRUE(body && body->has_value());
  EXPECT_EQ(**body, "echo " + std::string(100'000, 'x'));
}

}  // namespace
}  // namespace hearth::wire
