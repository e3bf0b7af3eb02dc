#include "execution/runtime_api.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/encoding.h"
#include "base/json.h"
#include "execution/api_answer.h"

namespace hearth::execution {
namespace {

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
constexpr uint64_t kErrorBytesMax = RuntimeApi::kResponseBytesMax;

// "(Runtime|Function).Name" or what stands for an unknown one.
std::string checked_error_type(std::string_view type) {
  for (const std::string_view family : {"Runtime", "Function"}) {
    if (!type.starts_with(family)) continue;
    const std::string_view rest = type.substr(family.size());
    const bool named = rest.size() >= 3 && rest[0] == '.' && rest[1] >= 'A' && rest[1] <= 'Z' &&
                       rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) ==
                           std::string_view::npos;
    return named ? std::string(type) : fmt::format("{}.Unknown", family);
  }
  return type.empty() ? "Function.Unknown" : "Runtime.Unknown";
}

// An error that a streaming runtime tells behind the part of its response that it had sent.
std::optional<RuntimeEvent> error_in_trailers(const io::Body& body) {
  const io::Headers* trailers = body.trailers();
  const std::string* type = trailers ? trailers->find("Lambda-Runtime-Function-Error-Type") : nullptr;
  if (!type) return std::nullopt;
  auto document = base64_decode(trailers->get("Lambda-Runtime-Function-Error-Body"));
  if (!document || document->empty()) document = to_text(json::object{{"errorType", *type}});
  return RuntimeEvent{.kind = RuntimeEvent::Kind::kError,
                      .body = *std::move(document),
                      .error_type = checked_error_type(*type)};
}

}  // namespace

// A waiting HTTP request; it may go away with its connection.
class RuntimeApi::Parking {
 public:
  explicit Parking(RuntimeApi& api) : api_(api) {}
  Parking(const Parking&) = delete;
  ~Parking() {
    if (waits_) api_.parked_ = nullptr;
  }
  Answer answer() {
    return [this](io::Response response) {
      waits_ = false;
      response_.push(std::move(response));
    };
  }
  Task<io::Response> wait() {
    waits_ = response_.empty();
    auto response = co_await response_.pop();
    co_return *std::move(response);
  }

 private:
  RuntimeApi& api_;
  bool waits_ = false;
  io::Channel<io::Response> response_;
};

void RuntimeApi::unpark(io::Response response) {
  if (parked_) std::exchange(parked_, nullptr)(std::move(response));
}

void RuntimeApi::reset(bool ahead) {
  state_ = ahead ? State::kAhead : State::kInit;
  request_id_.clear();
  ++generation_;
  extensions_.reset();
  unpark(refusal(410, "Runtime.Gone", "The process was ended"));
}

void RuntimeApi::deliver(std::string request_id, io::Headers head, std::string payload,
                         std::optional<ResponseStream> stream) {
  CHECK(state_ == State::kReady);
  state_ = State::kRunning;
  request_id_ = std::move(request_id);
  stream_ = std::move(stream);
  // Nobody waits when its connection broke; the invoke ends by its timeout or the process's exit.
  unpark({.status = 200, .headers = std::move(head), .body = std::move(payload)});
}

Task<io::Response> RuntimeApi::handle(io::Request request) {
  std::string path(request.raw_path());
  if (request.method == "GET" && path == "/ping") {
    co_return io::Response{
        .status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = std::string("pong")};
  }
  if (path.starts_with(ExtensionsApi::kPrefix)) co_return co_await extensions_.handle(std::move(request));
  if (request.method == "GET" && path == "/hearth/environment") co_return co_await environment();
  if (request.method == "GET" && path == kCredentialsPath) co_return co_await credentials(std::move(request));
  if (path.starts_with(kPrefix)) {
    const std::string call = path.substr(kPrefix.size());
    if (call == "invocation/next" && request.method == "GET") co_return co_await next();
    if (call == "init/error" && request.method == "POST") co_return co_await init_error(std::move(request));
    constexpr std::string_view kInvocation = "invocation/";
    const size_t slash = call.rfind('/');
    if (call.starts_with(kInvocation) && slash > kInvocation.size() && request.method == "POST") {
      const std::string id = call.substr(kInvocation.size(), slash - kInvocation.size());
      const std::string verb = call.substr(slash + 1);
      if (verb == "response") co_return co_await response(id, std::move(request));
      if (verb == "error") co_return co_await error(id, std::move(request));
    }
  }
  co_return io::Response{.status = 404,
                         .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                         .body = std::string("404 page not found\n")};
}

Task<io::Response> RuntimeApi::credentials(io::Request request) const {
  if (!make_credentials_ || request.headers.get("Authorization") != credentials_token_) {
    co_return refusal(401, "Unauthorized", "The authorization token is not this environment's");
  }
  auto document = co_await make_credentials_();
  if (!document) co_return refusal(500, "InternalFailure", document.error().message);
  co_return json_response(200, *std::move(document));
}

void RuntimeApi::furnish(std::string variables) {
  CHECK(waiting());
  state_ = State::kInit;
  unpark(json_response(200, std::move(variables)));
}

bool RuntimeApi::ask_environment(Answer answer) {
  if (state_ != State::kAhead || parked_) return false;
  parked_ = std::move(answer);
  events_.push({.kind = RuntimeEvent::Kind::kWaiting});
  return true;
}

bool RuntimeApi::ask_next(Answer answer) {
  if (state_ != State::kInit && state_ != State::kResponded) return false;
  state_ = State::kReady;
  parked_ = std::move(answer);
  extensions_.runtime_waits();
  return true;
}

bool RuntimeApi::respond(std::string body) {
  if (state_ != State::kRunning) return false;
  state_ = State::kResponded;
  events_.push({.kind = RuntimeEvent::Kind::kResponse, .body = std::move(body)});
  return true;
}

bool RuntimeApi::respond_too_large() {
  if (state_ != State::kRunning) return false;
  state_ = State::kResponded;
  events_.push({.kind = RuntimeEvent::Kind::kTooLarge, .bytes_max = kResponseBytesMax});
  return true;
}

bool RuntimeApi::respond_error(std::string_view type, std::string body) {
  if (state_ != State::kRunning) return false;
  state_ = State::kResponded;
  events_.push(
      {.kind = RuntimeEvent::Kind::kError, .body = std::move(body), .error_type = checked_error_type(type)});
  return true;
}

bool RuntimeApi::fail_init(std::string_view type, std::string body) {
  if (state_ != State::kInit) return false;
  state_ = State::kInitFailed;
  events_.push({.kind = RuntimeEvent::Kind::kInitError,
                .body = std::move(body),
                .error_type = checked_error_type(type)});
  return true;
}

Task<bool> RuntimeApi::add_to_snapshot(std::string piece) {
  if (state_ != State::kInit || !keep_snapshot_) co_return false;
  if (piece.empty()) {
    state_ = State::kInitFailed;  // there is nothing more to come of this process
    events_.push({.kind = RuntimeEvent::Kind::kSnapshot});
    co_return true;
  }
  const auto kept = co_await keep_snapshot_(std::move(piece));
  co_return kept || refuse_snapshot(kept.error().message);
}

bool RuntimeApi::refuse_snapshot(std::string why) {
  if (state_ == State::kInitFailed) return true;
  if (state_ != State::kInit) return false;
  state_ = State::kInitFailed;
  events_.push({.kind = RuntimeEvent::Kind::kNoSnapshot, .body = std::move(why)});
  return true;
}

bool RuntimeApi::ask_to_rest(Answer answer) {
  if (state_ != State::kInit) return false;
  state_ = State::kResting;
  parked_ = std::move(answer);
  events_.push({.kind = RuntimeEvent::Kind::kResting});
  return true;
}

void RuntimeApi::go_on() {
  CHECK(rests());
  state_ = State::kInit;
  unpark({.status = 200});
}

Task<bool> RuntimeApi::respond_streaming(io::Request request) {
  if (state_ != State::kRunning) co_return false;
  request.headers.set("Lambda-Runtime-Function-Response-Mode", "streaming");
  (void)co_await response(request_id_, std::move(request));
  co_return true;
}

Task<io::Response> RuntimeApi::environment() {
  Parking parking(*this);
  if (!ask_environment(parking.answer())) co_return wrong_state("Waiting");
  co_return co_await parking.wait();
}

Task<io::Response> RuntimeApi::next() {
  Parking parking(*this);
  if (!ask_next(parking.answer())) co_return wrong_state("Ready");
  co_return co_await parking.wait();
}

std::optional<io::Response> RuntimeApi::refuse_result(std::string_view id, std::string_view wanted) const {
  if (state_ != State::kRunning) return wrong_state(wanted);
  if (id != request_id_) return refusal(400, "InvalidRequestID", "Invalid request ID");
  return std::nullopt;
}

Task<io::Response> RuntimeApi::response(std::string id, io::Request request) {
  if (auto refused = refuse_result(id, "InvocationResponse")) co_return *std::move(refused);
  const std::string_view mode = request.headers.get("Lambda-Runtime-Function-Response-Mode");
  if (!mode.empty() && mode != "streaming") {
    co_return refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode header");
  }
  if (!mode.empty() && stream_) co_return co_await hand_on(std::move(request), *stream_);
  const uint64_t generation = generation_;
  auto body = co_await request.body.read_all(kResponseBytesMax);
  // While the body arrived the invoke may have timed out, or another response may have won.
  if (generation != generation_) co_return wrong_state("InvocationResponse");
  if (auto refused = refuse_result(id, "InvocationResponse")) co_return *std::move(refused);
  co_return responded(std::move(body), request, kResponseBytesMax);
}

// The response has arrived, or what of it there was. A body that was handed on already comes empty.
io::Response RuntimeApi::responded(Result<std::string> body, io::Request& request, uint64_t bytes_max) {
  state_ = State::kResponded;
  if (!body && body.error().code == "BodyTooLarge") {
    events_.push({.kind = RuntimeEvent::Kind::kTooLarge, .bytes_max = bytes_max});
    return refusal(413, "RequestEntityTooLarge",
                   fmt::format("Exceeded maximum allowed payload size ({} bytes).", bytes_max));
  }
  if (!body) {
    events_.push({.kind = RuntimeEvent::Kind::kTruncated});
    return refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
  }
  if (auto error = error_in_trailers(request.body)) {
    events_.push(*std::move(error));
  } else {
    events_.push({.kind = RuntimeEvent::Kind::kResponse,
                  .body = *std::move(body),
                  .content_type = std::string(request.headers.get("Content-Type"))});
  }
  return accepted();
}

// Gives the body to the caller as it arrives. The runtime waits while the caller is slow; when it has gone,
// the rest is dropped and the function runs on.
Task<io::Response> RuntimeApi::hand_on(io::Request request, ResponseStream stream) {
  state_ = State::kResponding;
  const uint64_t generation = generation_;
  stream.begun.set(ResponseHead{.content_type = std::string(request.headers.get("Content-Type"))});
  for (uint64_t left_bytes = kStreamedBytesMax;;) {
    auto piece = co_await request.body.read();
    if (generation != generation_) co_return wrong_state("InvocationResponse");
    if (!piece || piece->empty()) co_return responded(std::move(piece), request, kStreamedBytesMax);
    if (piece->size() > left_bytes) {
      co_return responded(fail("BodyTooLarge", ""), request, kStreamedBytesMax);
    }
    left_bytes -= piece->size();
    co_await stream.bytes.write(*std::move(piece));
    if (generation != generation_) co_return wrong_state("InvocationResponse");
  }
}

Task<io::Response> RuntimeApi::error(std::string id, io::Request request) {
  if (auto refused = refuse_result(id, "InvocationErrorResponse")) co_return *std::move(refused);
  const std::string type = checked_error_type(request.headers.get("Lambda-Runtime-Function-Error-Type"));
  const uint64_t generation = generation_;
  auto body = co_await request.body.read_all(kErrorBytesMax);
  if (generation != generation_) co_return wrong_state("InvocationErrorResponse");
  if (auto refused = refuse_result(id, "InvocationErrorResponse")) co_return *std::move(refused);
  state_ = State::kResponded;
  if (!body) {
    events_.push({.kind = RuntimeEvent::Kind::kTooLarge, .bytes_max = kErrorBytesMax});
    co_return refusal(413, "RequestEntityTooLarge",
                      fmt::format("Exceeded maximum allowed payload size ({} bytes).", kErrorBytesMax));
  }
  events_.push({.kind = RuntimeEvent::Kind::kError, .body = *std::move(body), .error_type = type});
  co_return accepted();
}

Task<io::Response> RuntimeApi::init_error(io::Request request) {
  if (state_ != State::kInit) co_return wrong_state("InitError");
  state_ = State::kInitFailed;
  const std::string type = checked_error_type(request.headers.get("Lambda-Runtime-Function-Error-Type"));
  const uint64_t generation = generation_;
  auto body = co_await request.body.read_all(kErrorBytesMax);
  if (generation != generation_) co_return wrong_state("InitError");
  events_.push({.kind = RuntimeEvent::Kind::kInitError,
                .body = body ? *std::move(body) : std::string(),
                .error_type = type});
  co_return accepted();
}

io::Response RuntimeApi::wrong_state(std::string_view wanted) const {
  static constexpr std::string_view kNames[] = {"Started",    "Started",      "Ready",     "Running",
                                                "Responding", "ResponseSent", "InitError", "Restoring"};
  return refusal(
      403, "InvalidStateTransition",
      fmt::format("State transition from {} to {} failed for runtime. Error: State transition is not allowed",
                  kNames[static_cast<size_t>(state_)], wanted));
}

}  // namespace hearth::execution
