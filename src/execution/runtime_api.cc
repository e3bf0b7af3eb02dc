#include "execution/runtime_api.h"

#include "base/check.h"
#include "execution/api_answer.h"

namespace hearth::execution {
namespace {

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
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
  took_sdk_ = false;
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
    if (may_rest_ && call == "restore/next" && request.method == "GET") co_return co_await rest();
    if (may_rest_ && call == "restore/error" && request.method == "POST")
      co_return co_await init_error(std::move(request));
    constexpr std::string_view kInvocation = "invocation/";
    const size_t slash = call.rfind('/');
    if (call.starts_with(kInvocation) && slash > kInvocation.size() && request.method == "POST") {
      const std::string id = call.substr(kInvocation.size(), slash - kInvocation.size());
      const std::string verb = call.substr(slash + 1);
      if (verb == "response") {
        co_return shared_ ? co_await shared_->response(id, std::move(request))
                          : co_await response(id, std::move(request));
      }
      if (verb == "error") {
        co_return shared_ ? co_await shared_->error(id, std::move(request))
                          : co_await error(id, std::move(request));
      }
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
  if (shared_) {
    end_init();
    shared_->ask(std::move(answer));
    return true;
  }
  if (state_ != State::kInit && state_ != State::kResponded) return false;
  state_ = State::kReady;
  parked_ = std::move(answer);
  extensions_.runtime_waits();
  return true;
}

bool RuntimeApi::finish(const std::string& delivery, RuntimeEvent result) {
  if (shared_) {
    shared_->post(delivery, std::move(result));
    return true;
  }
  if (state_ != State::kRunning) return false;
  state_ = State::kResponded;
  events_.push(std::move(result));
  return true;
}

bool RuntimeApi::respond(const std::string& delivery, std::string body) {
  return finish(delivery, {.kind = RuntimeEvent::Kind::kResponse, .body = std::move(body)});
}

bool RuntimeApi::respond_too_large(const std::string& delivery) {
  return finish(delivery, {.kind = RuntimeEvent::Kind::kTooLarge, .bytes_max = kResponseBytesMax});
}

bool RuntimeApi::respond_error(const std::string& delivery, std::string_view type, std::string body) {
  return finish(
      delivery,
      {.kind = RuntimeEvent::Kind::kError, .body = std::move(body), .error_type = checked_error_type(type)});
}

// The first question for an event ends the init of a process that asks for many.
void RuntimeApi::end_init() {
  if (std::exchange(state_, State::kReady) == State::kInit) extensions_.runtime_waits();
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
  if (!kept && refuse_snapshot(kept.error().message)) state_ = State::kInitFailed;
  co_return true;
}

bool RuntimeApi::refuse_snapshot(std::string why) {
  if (state_ != State::kInit) return false;
  keep_snapshot_ = nullptr;  // what it has of it is of no use
  events_.push({.kind = RuntimeEvent::Kind::kNoSnapshot, .body = std::move(why)});
  return true;
}

bool RuntimeApi::take_sdk() {
  if (state_ != State::kInit) return false;
  took_sdk_ = true;
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

Task<io::Response> RuntimeApi::rest() {
  Parking parking(*this);
  if (!ask_to_rest(parking.answer())) co_return wrong_state("Restoring");
  co_return co_await parking.wait();
}

Task<io::Response> RuntimeApi::next() {
  if (shared_) {
    end_init();
    co_return co_await shared_->next();
  }
  Parking parking(*this);
  if (!ask_next(parking.answer())) co_return wrong_state("Ready");
  co_return co_await parking.wait();
}

std::optional<io::Response> RuntimeApi::refuse_result(std::string_view id, std::string_view wanted) const {
  if (state_ != State::kRunning) return wrong_state(wanted);
  if (id != request_id_) return refusal(400, "InvalidRequestID", "Invalid request ID");
  return std::nullopt;
}

io::Response RuntimeApi::finish(PostedResult result) {
  state_ = State::kResponded;
  events_.push(std::move(result.event));
  return std::move(result.answer);
}

Task<io::Response> RuntimeApi::response(std::string id, io::Request request) {
  if (auto refused = refuse_result(id, "InvocationResponse")) co_return *std::move(refused);
  if (auto refused = refuse_response_mode(request)) co_return *std::move(refused);
  const uint64_t generation = generation_;
  if (streams(request) && stream_) {
    state_ = State::kResponding;
    const auto wanted = [this, generation] { return generation == generation_; };
    auto result = co_await hand_on_response(std::move(request), *stream_, wanted);
    if (!result) co_return wrong_state("InvocationResponse");
    co_return finish(*std::move(result));
  }
  auto result = co_await take_response(std::move(request));
  // While the body arrived the invoke may have timed out, or another response may have won.
  if (generation != generation_) co_return wrong_state("InvocationResponse");
  if (auto refused = refuse_result(id, "InvocationResponse")) co_return *std::move(refused);
  co_return finish(std::move(result));
}

Task<io::Response> RuntimeApi::error(std::string id, io::Request request) {
  if (auto refused = refuse_result(id, "InvocationErrorResponse")) co_return *std::move(refused);
  const uint64_t generation = generation_;
  auto result = co_await take_error(std::move(request));
  if (generation != generation_) co_return wrong_state("InvocationErrorResponse");
  if (auto refused = refuse_result(id, "InvocationErrorResponse")) co_return *std::move(refused);
  co_return finish(std::move(result));
}

Task<io::Response> RuntimeApi::init_error(io::Request request) {
  if (state_ != State::kInit) co_return wrong_state("InitError");
  state_ = State::kInitFailed;
  const uint64_t generation = generation_;
  auto result = co_await take_error(std::move(request));
  if (generation != generation_) co_return wrong_state("InitError");
  result.event.kind = RuntimeEvent::Kind::kInitError;
  events_.push(std::move(result.event));
  co_return accepted();
}

io::Response RuntimeApi::wrong_state(std::string_view wanted) const {
  static constexpr std::string_view kNames[] = {"Started",    "Started",      "Ready",     "Running",
                                                "Responding", "ResponseSent", "InitError", "Restoring"};
  return execution::wrong_state(kNames[static_cast<size_t>(state_)], wanted);
}

}  // namespace hearth::execution
