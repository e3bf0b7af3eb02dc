#include "wire/pipeline.h"

#include <charconv>
#include <exception>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/log.h"
#include "wire/auth_errors.h"
#include "wire/aws_chunked.h"
#include "wire/body_digests.h"
#include "wire/checked_body.h"
#include "wire/credentials.h"
#include "wire/link_headers.h"
#include "wire/sigv2.h"

namespace hearth::wire {

namespace {

// Forms are read before it is known which operation they name.
constexpr BodyLimit kFormLimit{.bytes_max = 4 << 20};

// Answers to requests that no service claims.
constexpr ServiceInfo kNobody{.name = "none", .protocol = Protocol::kRestJson};

const BodyLimit& limit_of(const OperationInfo& operation, const io::Request& request) {
  for (const BodyLimit& limit : operation.body_limits) {
    if (limit.header.empty() || request.headers.get(limit.header) == limit.header_value) return limit;
  }
  return kFormLimit;
}

std::string replaced(std::string text, std::string_view mark, std::string_view value) {
  if (const size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), value);
  return text;
}

Error too_large(const BodyLimit& limit, uint64_t bytes, const OperationInfo* operation) {
  std::string message = replaced(std::string(limit.message), "{bytes}", std::to_string(bytes));
  message = replaced(std::move(message), "{limit}", std::to_string(limit.bytes_max));
  constexpr int kContentTooLarge = 413;
  return Error{
      .code = std::string(limit.code),
      .message = replaced(std::move(message), "{operation}", operation ? operation->name : "requested"),
      .status = kContentTooLarge};
}

std::string host_of_peer(const std::string& peer) {
  const size_t colon = peer.rfind(':');
  return peer.substr(0, colon);
}

bool is_s3(const ServiceInfo& service) {
  return service.protocol == Protocol::kRestXml;
}

}  // namespace

// What is known of one request while it is served.
struct Pipeline::Exchange {
  io::Request request;
  io::Headers response_headers;
  Call call;
  const ServiceInfo* service = &kNobody;
  Protocol protocol = kNobody.protocol;
  std::optional<sigv4::Claim> claim;
  bool beside = false;  // for the service's front, and no operation
  Route route;
  std::string body;
  std::optional<Error> error;

  bool streamed() const { return route.operation && route.operation->stream_input; }
};

Pipeline::Pipeline(const Router& router, CredentialSource& credentials, const Clock& clock, Random& random,
                   PipelineOptions options)
    : router_(router),
      credentials_(credentials),
      clock_(clock),
      random_(random),
      options_(std::move(options)) {}

Task<io::Response> Pipeline::serve(io::Request request) const {
  Exchange exchange{.request = std::move(request)};
  Call& call = exchange.call;
  call.request_id = random_.uuid();
  call.region = options_.region;
  call.account = options_.account;
  call.clock = &clock_;
  call.received_at = clock_.now();
  call.source_ip = host_of_peer(exchange.request.peer);
  call.tls = exchange.request.tls;
  call.request = &exchange.request;
  call.response_headers = &exchange.response_headers;

  std::optional<io::Response> response;
  try {
    response = co_await answer(exchange);
  } catch (const std::exception& exception) {
    log::error("request {}: uncaught exception: {}", call.request_id, exception.what());
  } catch (...) {
    log::error("request {}: uncaught exception of unknown type", call.request_id);
  }
  if (!response) {
    uncaught_.fetch_add(1, std::memory_order_relaxed);
    response = refuse(exchange, Error{"InternalFailure", "An internal error occurred."});
  }
  if (is_s3(*exchange.service)) {
    response->headers.set("x-amz-request-id", call.request_id);
    response->headers.set("x-amz-id-2", host_id(call.request_id));
    response->headers.set("Server", "AmazonS3");
  } else {
    response->headers.set("x-amzn-RequestId", call.request_id);
  }
  for (CallObserver* observer : observers_) {
    observer->finished(call, response->status, exchange.error ? &*exchange.error : nullptr);
  }
  co_return *std::move(response);
}

io::Response Pipeline::refuse(Exchange& exchange, Error error) const {
  exchange.error = error;
  return encode_error(*exchange.service, exchange.protocol, std::move(error), exchange.call.request_id);
}

Task<io::Response> Pipeline::answer(Exchange& exchange) const {
  Result<Message> output = co_await run(exchange);
  io::Response response;
  if (!output) {
    response = refuse(exchange, std::move(output.error()));
  } else if (exchange.beside) {
    response = co_await answer_beside(exchange);
  } else {
    response = codec_for(exchange.protocol)
                   .encode(*exchange.call.operation, *std::move(output), exchange.call.request_id);
  }
  for (const auto& [name, value] : exchange.response_headers) response.headers.set(name, value);
  if (Front* front = router_.front_of(*exchange.service)) {
    co_await front->complete(exchange.call, router_.path_of(*exchange.service, exchange.request), response);
  }
  co_return response;
}

[[gnu::noinline]] Task<io::Response> Pipeline::answer_beside(Exchange& exchange) const {
  const ServiceInfo& service = *exchange.service;
  exchange.call.identity = Identity{.account = options_.account, .anonymous = true};
  auto response = co_await router_.front_of(service)->serve(exchange.call, exchange.request,
                                                            router_.path_of(service, exchange.request));
  co_return response ? *std::move(response) : refuse(exchange, std::move(response.error()));
}

Async<Message> Pipeline::run(Exchange& exchange) const {
  auto input = co_await prepare(exchange);
  if (!input || exchange.beside) co_return input;
  auto answering = router_.dispatch(exchange.call, *std::move(input));
  co_return co_await std::move(answering);
}

// What comes before the handler has a frame of its own, which goes before it: a call may wait long, and there
// may be many that do.
[[gnu::noinline]] Async<Message> Pipeline::prepare(Exchange& exchange) const {
  TRY_VOID(co_await find_service(exchange));
  if (exchange.beside) co_return Message{};
  if (!is_form(exchange.protocol)) TRY_VOID(find_operation(exchange));
  TRY_VOID(co_await authenticate(exchange));
  const bool link = exchange.claim && exchange.claim->form == sigv4::Claim::Form::kQuery;
  if (link && is_s3(*exchange.service)) take_link_headers(exchange.request);
  if (is_form(exchange.protocol)) TRY_VOID(find_operation(exchange));

  const OperationInfo& operation = *exchange.call.operation;
  // Who did not sign gets no further than the operations that are open to everyone.
  if (exchange.call.identity.anonymous && !operation.anonymous) {
    co_return auth_error(*exchange.service, usual_failure(sigv4::Refusal::kMissingToken));
  }
  const Front* front = router_.front_of(*exchange.service);
  if (front) TRY_VOID(front->unpack(exchange.request, exchange.body));
  EncodedRequest encoded{
      .request = exchange.request, .labels = exchange.route.labels, .body = std::move(exchange.body)};
  if (exchange.streamed()) encoded.stream = std::move(exchange.request.body);
  TRY(Message input, codec_for(exchange.protocol).decode(operation, std::move(encoded)));
  Status valid = front ? front->review(operation, input.document) : Status();
  if (valid) valid = complete(operation, input);
  if (!valid && front) TRY_VOID(front->misread(operation, input.document));
  TRY_VOID(valid);
  co_return input;
}

Async<void> Pipeline::find_service(Exchange& exchange) const {
  auto claim = sigv4::parse_claim(exchange.request);
  if (claim) exchange.claim = *std::move(claim);
  const ServiceInfo* service =
      router_.service_of(exchange.request, exchange.claim ? &*exchange.claim : nullptr);
  if (!service && exchange.request.method == "POST" &&
      exchange.request.headers.get("content-type").starts_with("application/x-www-form-urlencoded")) {
    TRY_VOID(co_await buffer_body(exchange, kFormLimit));
    service = router_.service_of_form(exchange.body);
  }
  if (!service) service = router_.service_of_front(exchange.request);
  if (!service) {
    co_return Error{"UnknownOperationException", "Nothing in this request tells which service it is for."};
  }
  exchange.service = service;
  if (is_s3(*service)) exchange.call.request_id = short_request_id(exchange.call.request_id);
  exchange.protocol = protocol_of(*service, exchange.request);
  const Front* front = router_.front_of(*service);
  if (front) exchange.call.request_id = front->request_id(std::move(exchange.call.request_id));
  exchange.beside = front && front->takes(exchange.request, router_.path_of(*service, exchange.request));
  if (exchange.beside) co_return {};
  if (!service->host_label.empty()) TRY_VOID(check_s3_form(exchange.request));
  if (exchange.claim && exchange.claim->form == sigv4::Claim::Form::kOldLink) {
    sigv2::take_parameters(exchange.request);
  }
  if (!claim) co_return auth_error(*service, claim.error());  // NOLINT(bugprone-use-after-move)
  co_return {};
}

Status Pipeline::find_operation(Exchange& exchange) const {
  TRY_SYNC(exchange.route, router_.route(*exchange.service, exchange.request, exchange.body));
  exchange.call.operation = exchange.route.operation;
  return {};
}

// The key first, so that only callers who have one make the server buffer a body; then the body, which the
// signature covers; then the signature.
Async<void> Pipeline::authenticate(Exchange& exchange) const {
  if (!exchange.claim) {
    exchange.call.identity = Identity{.account = options_.account, .anonymous = true};
    const OperationInfo* operation = exchange.call.operation;
    const bool refused = operation && !operation->anonymous;
    if (refused) co_return auth_error(*exchange.service, usual_failure(sigv4::Refusal::kMissingToken));
    co_return co_await take_body(exchange, nullptr);
  }
  const sigv4::Claim& claim = *exchange.claim;
  TRY(Credential credential,
      co_await find_credential(credentials_, *exchange.service, claim, exchange.call.received_at));
  TRY_VOID(co_await take_body(exchange, credential.unchecked ? nullptr : &credential));
  exchange.call.region = claim.region;  // of links none: it is where the bucket is
  exchange.call.identity = std::move(credential.identity);
  exchange.call.account = exchange.call.identity.account;
  co_return {};
}

Async<void> Pipeline::buffer_body(Exchange& exchange, const BodyLimit& limit) const {
  const std::optional<uint64_t> announced = exchange.request.body.size_bytes();
  Result<std::string> body = co_await exchange.request.body.read_all(limit.bytes_max);
  if (body) {
    exchange.body = *std::move(body);
    co_return {};
  }
  const std::string& code = body.error().code;
  if (code == "BodyTooLarge")
    co_return too_large(limit, announced.value_or(limit.bytes_max + 1), exchange.call.operation);
  if (code == "SignatureDoesNotMatch") {
    co_return auth_error(*exchange.service, usual_failure(sigv4::Refusal::kWrongSignature));
  }
  co_return Error{"SerializationException", "The request's body could not be read: " + body.error().message};
}

// Takes the body in: as bytes, or for streamed operations as a stream that checks itself. With a credential
// the signature is verified on the way; without one nobody signed.
Async<void> Pipeline::take_body(Exchange& exchange, const Credential* credential) const {
  io::Request& request = exchange.request;
  const sigv4::Claim claim = exchange.claim.value_or(sigv4::Claim{});
  const std::string key = credential ? sigv4::signing_key(credential->secret, claim) : std::string();
  const std::optional<std::string> declared = sigv4::declared_payload_hash(request, claim);
  const auto check = [&](std::string_view body_sha256) -> Status {
    if (!credential) return {};
    const TimePoint now = exchange.call.received_at;
    auto failure = claim.is_old() ? sigv2::verify(request, claim, credential->secret,
                                                  router_.path_of(*exchange.service, request), now)
                                  : sigv4::verify(request, claim, key, body_sha256, now);
    if (failure) return fail(auth_error(*exchange.service, *failure));
    return {};
  };

  // A declared hash lets the head alone decide; the body is then held to what the head declares.
  const bool hashed =
      !declared || (*declared != sigv4::kUnsignedPayload && !declared->starts_with("STREAMING-"));
  if (declared) {
    TRY_VOID(check({}));
    TRY_VOID(unwrap_chunks(exchange, *declared, claim, key));
    if (exchange.streamed() && hashed) {
      request.body =
          std::unique_ptr<io::BodySource>(std::make_unique<CheckedBody>(std::move(request.body), *declared));
    }
    if (exchange.streamed()) co_return {};
  } else if (exchange.streamed() && !credential) {
    co_return {};
  }

  const BodyLimit& limit = exchange.call.operation ? limit_of(*exchange.call.operation, request) : kFormLimit;
  if (exchange.body.empty()) TRY_VOID(co_await buffer_body(exchange, limit));
  if (hashed && credential) {
    const std::string actual = hex_encode(sha256(exchange.body));
    if (!declared) TRY_VOID(check(actual));
    if (declared && !iequals(*declared, actual)) {
      if (is_s3(*exchange.service)) co_return wrong_payload(*declared, actual);
      co_return auth_error(*exchange.service, usual_failure(sigv4::Refusal::kWrongSignature));
    }
  }
  // Where the input has checksums as members, they are of something else: of an upload's parts together.
  const OperationInfo* operation = exchange.call.operation;
  const bool described = is_s3(*exchange.service) && !exchange.streamed() && !exchange.body.empty() &&
                         operation && !operation->input->find("ChecksumCRC32");
  if (described) TRY_VOID(check_body_digests(request.headers, exchange.body));
  if (exchange.streamed()) request.body = std::move(exchange.body);
  co_return {};
}

Status Pipeline::unwrap_chunks(Exchange& exchange, std::string_view declared, const sigv4::Claim& claim,
                               const std::string& key) {
  auto rules = sigv4::ChunkedRules::from(declared, claim, key);
  if (!rules) return {};
  if (key.empty()) rules->signed_chunks = false;
  io::Request& request = exchange.request;
  const std::string_view text = request.headers.get("x-amz-decoded-content-length");
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return fail(Error{.code = "MissingContentLength",
                      .message = "You must provide the Content-Length HTTP header.",
                      .status = 411});
  }
  request.body = std::unique_ptr<io::BodySource>(
      std::make_unique<sigv4::AwsChunkedBody>(std::move(request.body), *std::move(rules), length));
  return {};
}

}  // namespace hearth::wire
