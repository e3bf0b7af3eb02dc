#include "services/s3/object_lambda.h"

#include <algorithm>

#include "api/s3.h"
#include "base/ascii.h"
#include "base/text_member.h"
#include "io/task_scope.h"
#include "io/timeout.h"
#include "services/s3/access_point_names.h"
#include "services/s3/errors.h"
#include "services/s3/object_lambda_event.h"
#include "wire/not_implemented.h"
#include "wire/sigv4.h"

namespace hearth::services::s3 {
namespace {

constexpr auto kFirstByteTime = std::chrono::seconds(60);
constexpr std::string_view kProtocolVersion = "1.00";

Error error_of(std::string code, std::string message, int status) {
  return {.code = std::move(code), .message = std::move(message), .status = status};
}

Error broken_answer() {
  return error_of("ConnectionClosedByRequester",
                  "The connection was closed while the body of WriteGetObjectResponse was read.", 400);
}

Error invalid(std::string message) {
  return error_of("ValidationError", std::move(message), 400);
}

Error late() {
  return error_of("LambdaTimeout", "The Lambda function did not respond in the allowed time.", 500);
}
Error no_answer() {
  return error_of("LambdaInvalidResponse", "The Lambda function returned an invalid response.", 400);
}

// A token says nothing to who guesses one: those of nobody and those that were used are the same.
Error nobody_waits() {
  return invalid("Invalid token: nobody waits for this answer");
}

// Why a function gave no answer.
Error ended(const Result<json::value>& result) {
  if (result) {
    if (result->as_object().contains("FunctionError")) {
      return error_of("LambdaRuntimeError", "The Lambda function failed during execution.", 500);
    }
    return error_of("LambdaResponseNotReceived",
                    "The Lambda exited without successfully calling WriteGetObjectResponse.", 500);
  }
  const std::string& code = result.error().code;
  if (code.starts_with("AccessDenied")) {
    return error_of("LambdaPermissionError", "The caller is not authorized to invoke the Lambda function.",
                    403);
  }
  if (code == "ResourceNotFoundException") {
    return error_of("LambdaNotFound", "The AWS Lambda function was not found.", 404);
  }
  if (code == "TooManyRequestsException")
    return error_of("SlowDown", "Please reduce your request rate.", 503);
  return error_of("LambdaInvocationFailed", "Lambda function invocation failed: " + result.error().message,
                  400);
}

int64_t status_of(const json::object& answer) {
  const json::value* status = answer.if_contains("StatusCode");
  return status && status->is_int64() ? status->get_int64() : 200;
}

// A part of what the function makes is asked for only where the configuration lets it.
Status check_parts(const ObjectLambdaConfiguration& configuration, const wire::OperationInfo& operation,
                   const json::object& input) {
  for (const char* part : {"Range", "PartNumber"}) {
    if (!input.contains(part) || allows(configuration, std::string(operation.name) + "-" + part)) continue;
    return fail(errors::header_not_implemented(part, "The access point's configuration does not allow it."));
  }
  return {};
}

Status check_answer(const json::object& answer) {
  constexpr int64_t kStatuses[] = {200, 206, 304, 400, 401, 403, 404, 405, 409, 411, 412, 416, 500, 503};
  const int64_t status = status_of(answer);
  if (std::ranges::find(kStatuses, status) == std::end(kStatuses)) {
    return fail(invalid("Invalid status code: " + std::to_string(status)));
  }
  const std::string code = text_member(answer, "ErrorCode");
  if (code.empty()) return {};
  if (!std::ranges::all_of(code, is_letter) || code.front() > 'Z' || code.size() < 2) {
    return fail(invalid("Invalid error code: " + code));
  }
  constexpr int64_t kFirstError = 400;
  if (status < kFirstError) return fail(invalid("An error code needs a status code of an error"));
  return {};
}

// What the caller is told: those members of the answer that GetObject has too.
wire::Message output_of(const PendingAnswers::Head& head) {
  wire::Message output;
  for (const wire::Member& member : api::s3::GetObjectOutput::shape().members) {
    const json::value* value = head.document.if_contains(member.name);
    if (value) output.document.emplace(member.name, *value);
  }
  output.document.erase("ContentLength");
  output.document["StatusCode"] = status_of(head.document);
  return output;
}

// The bytes of an answer, on their way. The function runs on beside them, and is left to itself at their end.
class AnswerBody final : public io::BodySource {
 public:
  explicit AnswerBody(std::unique_ptr<PendingAnswers::Waiting> waiting) : waiting_(std::move(waiting)) {}

  Async<std::string> read() override {
    TRY(std::string piece, co_await waiting_->bytes->read());
    const bool breaks_off = piece.empty() && !*waiting_->whole;
    const bool misses = left_ && (piece.empty() ? *left_ > 0 : piece.size() > *left_);
    if (breaks_off || misses) co_return broken_answer();
    if (left_) *left_ -= piece.size();
    co_return piece;
  }
  std::optional<uint64_t> remaining_bytes() const override { return left_; }

  PendingAnswers::Waiting& waiting() { return *waiting_; }
  io::TaskScope& scope() { return scope_; }
  void expect(std::optional<uint64_t> size_bytes) { left_ = size_bytes; }

 private:
  std::unique_ptr<PendingAnswers::Waiting> waiting_;
  std::optional<uint64_t> left_;
  io::TaskScope scope_;
};

Async<PendingAnswers::Head> begin_of(PendingAnswers::Waiting& waiting) {
  co_return co_await waiting.begun;
}

}  // namespace

void ObjectLambda::mount(wire::Router& router) {
  router.add(api::s3::ops::WriteGetObjectResponse::kInfo,
             [this](const wire::Call& call, wire::Message input) { return answer(call, std::move(input)); });
}

// Presigned in the caller's name: who may not read the object cannot have a function do it.
Async<std::string> ObjectLambda::link_for(const wire::Call& call, const json::object& input,
                                          const AccessPointRecord& supporting) {
  const auto claim = wire::sigv4::parse_claim(*call.request);
  InputLink link{.host = view_.host,
                 .bucket = supporting.alias,
                 .method = call.request->method,
                 .key = text_member(input, "Key"),
                 .query = {},
                 .headers = headers_to_sign(call.request->headers),
                 .access_key_id = call.identity.access_key_id,
                 .secret = {},
                 .session_token = claim && *claim ? (*claim)->session_token : std::string(),
                 .region = supporting.id.region};
  if (std::string version = text_member(input, "VersionId"); !version.empty()) {
    link.query.emplace_back("versionId", std::move(version));
  }
  TRY(const auto credential, co_await credentials_.find(link.access_key_id, link.session_token));
  if (!credential) co_return errors::access_denied();
  link.secret = credential->secret;
  co_return signed_link(link, parts_.clock.now());
}

Async<ObjectLambda::Job> ObjectLambda::job_for(const wire::Call& call, const json::object& input,
                                               const AccessPointRecord& point) {
  TRY(const ObjectLambdaConfiguration configuration, configuration_of(point));
  TRY_VOID(check_parts(configuration, *call.operation, input));
  const auto id = parse_access_point_arn(configuration.supporting_access_point);
  KnownAccessPointPtr supporting;
  if (id) {
    TRY(supporting, co_await points_.find(*id));
  }
  if (!supporting) co_return errors::no_such_access_point(configuration.supporting_access_point);
  const auto* function = transformation_of(configuration, call.operation->name);
  Job job{.function = function->function_arn};
  TRY(job.link, co_await link_for(call, input, supporting->record));
  job.event = {
      {"xAmzRequestId", call.request_id},
      {"configuration", json::object{{"accessPointArn", point.id.arn()},
                                     {"supportingAccessPointArn", configuration.supporting_access_point},
                                     {"payload", function->function_payload.value_or("")}}},
      {"userRequest", user_request(*call.request)},
      {"userIdentity", user_identity(call.identity)},
      {"protocolVersion", kProtocolVersion}};
  co_return job;
}

Async<json::value> ObjectLambda::invoke(wire::Call call, std::string function, json::object event) {
  call.request_id = parts_.random.uuid();  // of the invoke
  json::object input{{"FunctionName", std::move(function)},
                     {"Payload", to_text(json::value(std::move(event)))}};
  co_return co_await router_.call("lambda", "Invoke", json::value(std::move(input)), std::move(call));
}

Task<void> ObjectLambda::run(wire::Call call, std::string function, json::object event,
                             io::Promise<PendingAnswers::Begun> begun) {
  const auto result = co_await invoke(std::move(call), std::move(function), std::move(event));
  begun.set(fail(ended(result)));
}

Async<wire::Message> ObjectLambda::serve(const wire::Call& call, wire::Message input,
                                         const AccessPointRecord& point) {
  if (call.identity.anonymous) co_return errors::access_denied();
  if (!call.request) co_return wire::not_implemented("Object Lambda for other services");
  const bool of_version = input.document.contains("VersionId");
  TRY_VOID(co_await parts_.authorizer.authorize(
      call, {.action = of_version ? "s3-object-lambda:GetObjectVersion" : "s3-object-lambda:GetObject",
             .resource = point.id.arn()}));
  TRY(Job job, co_await job_for(call, input.document, point));
  if (call.operation->name == "HeadObject") co_return co_await head(call, std::move(job));
  co_return co_await get(call, std::move(job), point.id.arn());
}

Async<wire::Message> ObjectLambda::get(const wire::Call& call, Job job, std::string access_point) {
  auto body = std::make_unique<AnswerBody>(answers_.open(std::move(access_point)));
  PendingAnswers::Waiting& waiting = body->waiting();
  job.event["getObjectContext"] =
      json::object{{"inputS3Url", job.link}, {"outputRoute", view_.route}, {"outputToken", waiting.token()}};
  body->scope().spawn(run(call, std::move(job.function), std::move(job.event), waiting.begun.promise()));
  const auto begun = co_await io::with_timeout(begin_of(waiting), kFirstByteTime);
  if (!begun) co_return late();
  TRY(const PendingAnswers::Head head, *begun);
  if (std::string code = text_member(head.document, "ErrorCode"); !code.empty()) {
    co_return error_of(std::move(code), text_member(head.document, "ErrorMessage"),
                       static_cast<int>(status_of(head.document)));
  }
  wire::Message output = output_of(head);
  body->expect(head.size_bytes);
  output.stream = std::unique_ptr<io::BodySource>(std::move(body));
  co_return output;
}

// What the function answers is its result.
Async<wire::Message> ObjectLambda::head(const wire::Call& call, Job job) {
  job.event["headObjectContext"] = json::object{{"inputS3Url", job.link}};
  const auto result =
      co_await io::with_timeout(invoke(call, std::move(job.function), std::move(job.event)), kFirstByteTime);
  if (!result) co_return late();
  if (!*result || (*result)->as_object().contains("FunctionError")) co_return ended(*result);
  const auto payload = parse_json(text_member((*result)->as_object(), "Payload"));
  if (!payload || !payload->is_object()) co_return no_answer();
  TRY(const HeadAnswer answer, read_head_answer(payload->get_object()));
  if (!answer.error_code.empty()) co_return error_of(answer.error_code, answer.error_message, answer.status);
  for (const auto& [name, value] : answer.headers) call.response_headers->set(name, value);
  wire::Message output;
  output.document["StatusCode"] = answer.status;
  co_return output;
}

Async<wire::Message> ObjectLambda::answer(const wire::Call& call, wire::Message input) {
  const std::string token = text_member(input.document, "RequestToken");
  const auto access_point = answers_.access_point_of(token);
  if (!access_point) co_return nobody_waits();
  TRY_VOID(co_await parts_.authorizer.authorize(
      call, {.action = "s3-object-lambda:WriteGetObjectResponse", .resource = *access_point}));
  TRY_VOID(check_answer(input.document));
  const bool is_error = !text_member(input.document, "ErrorCode").empty();
  PendingAnswers::Head head{.document = std::move(input.document), .size_bytes = input.stream.size_bytes()};
  if (is_error && head.size_bytes != 0) co_return invalid("An error code comes without a body");

  const auto taken = answers_.take(token);
  if (!taken) co_return nobody_waits();
  // The reader finds its end, however this ends.
  struct Closing {
    const io::PipeWriter& bytes;
    ~Closing() { bytes.close(); }
  } const closing{taken->bytes};
  auto first = co_await input.stream.read();
  if (!first) {
    taken->begun.set(fail(broken_answer()));
    co_return first.error();
  }
  const Error gone = invalid("The caller of GetObject does not wait any more");
  if (!taken->begun.set(std::move(head))) co_return gone;
  for (std::string piece = *std::move(first); !piece.empty();) {
    if (!co_await taken->bytes.write(std::move(piece))) co_return gone;
    TRY(piece, co_await input.stream.read());
  }
  *taken->whole = true;
  co_return wire::Message{};
}

}  // namespace hearth::services::s3
