#include "services/lambda/url_front.h"

#include <fmt/format.h>

#include "services/lambda/idleness.h"
#include "services/lambda/limits.h"
#include "services/lambda/url_cors.h"
#include "services/lambda/url_event.h"
#include "services/lambda/url_response.h"

namespace hearth::services::lambda {
namespace {

using store::Key;

// What is left of a stream whose beginning was looked at. When the function fails behind it, the response
// breaks off: its receiver must not take a part for the whole.
class UrlStream final : public io::BodySource {
 public:
  UrlStream(std::string beginning, std::unique_ptr<io::BodySource> bytes,
            io::Future<execution::Outcome> outcome)
      : beginning_(std::move(beginning)), bytes_(std::move(bytes)), outcome_(std::move(outcome)) {}

  Async<std::string> read() override {
    if (!beginning_.empty()) co_return std::exchange(beginning_, {});
    TRY(std::string piece, co_await bytes_->read());
    if (!piece.empty() || std::exchange(complete_, true)) co_return piece;
    const auto outcome = co_await outcome_;
    if (outcome.function_error) co_return Error{"FunctionError", outcome.error_type};
    if (outcome.platform_error) co_return Error{"PlatformError", *outcome.platform_error};
    co_return piece;
  }

 private:
  std::string beginning_;
  std::unique_ptr<io::BodySource> bytes_;
  io::Future<execution::Outcome> outcome_;
  bool complete_ = false;
};

execution::Trace trace_of(const io::Request& request, TimePoint now, Random& random) {
  execution::Trace trace = execution::Trace::parse(request.headers.get("X-Amzn-Trace-Id"));
  trace.begin(now, random);
  return trace;
}

// A gathered result, which a streaming runtime may have begun with a prelude.
std::optional<io::Response> response_of(execution::Outcome outcome) {
  if (outcome.content_type != kPreludeType) return response_of_result(outcome.payload);
  const size_t end = outcome.payload.find(kPreludeEnd);
  if (end == std::string::npos) return std::nullopt;
  auto response = response_of_prelude(outcome.payload.substr(0, end));
  if (response) response->body = outcome.payload.substr(end + kPreludeEnd.size());
  return response;
}

}  // namespace

struct UrlFront::Incoming {
  io::Request request;
  std::string body;
  std::string url_id;
  std::string request_id;
  execution::Trace trace;
  TimePoint received_at;
  Found found;
};

std::optional<UrlFront::Host> UrlFront::parse_host(std::string_view host) {
  constexpr std::string_view kLabel = ".lambda-url.";
  const size_t label = host.find(kLabel);
  if (label == std::string_view::npos || label == 0) return std::nullopt;
  std::string_view rest = host.substr(label + kLabel.size());
  rest = rest.substr(0, rest.find(':'));
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const std::string_view domain = rest.substr(dot + 1);
  if (domain != "on.aws" && domain != "localhost") return std::nullopt;
  return Host{.url_id = std::string(host.substr(0, label)), .region = std::string(rest.substr(0, dot))};
}

Async<std::optional<UrlFront::Found>> UrlFront::find(Host host) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<Found>> {
    TRY(const auto target, co_await url_targets(tx).get(Key(host.url_id)));
    if (!target || target->region != host.region) co_return std::optional<Found>();
    Found found{.ref = {target->account, target->region, target->name, target->qualifier}};
    Tables tables(tx, found.ref);
    const Key key(found.ref.name, found.ref.qualifier);
    TRY(auto url, co_await tables.urls.get(key));
    if (!url) co_return std::optional<Found>();
    found.url = *std::move(url);
    co_return found;
  };
  co_return co_await parts_.store.read(body);
}

Task<io::Response> UrlFront::serve(Host host, io::Request request) {
  const TimePoint now = parts_.clock.now();
  Incoming incoming{.url_id = host.url_id,
                    .request_id = parts_.random.uuid(),
                    .trace = trace_of(request, now, parts_.random),
                    .received_at = now};
  incoming.request = std::move(request);
  io::Response response;
  auto found = co_await find(std::move(host));
  if (!found) {
    response = bad_gateway();
  } else if (!*found) {
    response = forbidden(false);
  } else {
    incoming.found = **std::move(found);
    const auto& cors = incoming.found.url.cors;
    if (cors && is_preflight(incoming.request)) {
      response = answer_preflight(*cors, incoming.request);
    } else {
      response = co_await answer(incoming);
      if (cors) add_cors(*cors, incoming.request.headers.get("Origin"), response.headers);
    }
  }
  response.headers.set("x-amzn-RequestId", incoming.request_id);
  response.headers.set("X-Amzn-Trace-Id", incoming.trace.header());
  co_return response;
}

Task<io::Response> UrlFront::answer(Incoming& incoming) {
  const Found& found = incoming.found;
  auto body = co_await incoming.request.body.read_all(limits::kUrlBodyBytesMax);
  if (!body) co_return too_large();
  incoming.body = *std::move(body);

  std::optional<wire::Identity> caller;
  const bool signed_callers = found.url.auth_type == "AWS_IAM";
  if (signed_callers) {
    auto signer =
        co_await access_.signer(incoming.request, incoming.body, found.ref.region, incoming.received_at);
    if (!signer || !*signer) co_return forbidden(true);
    caller = **std::move(signer);
  }
  const bool allowed = co_await access_.may_call(found.ref, incoming.request, caller, incoming.received_at);
  if (!allowed) co_return forbidden(signed_callers);

  auto target = co_await parts_.targets.find(found.ref);
  if (!target) co_return forbidden(signed_callers);
  const auto invocable = co_await make_invocable(parts_, found.ref, (*target)->resolved.version);
  if (!invocable) co_return bad_gateway();
  execution::Invocation invocation{.request_id = incoming.request_id,
                                   .payload = url_event({.request = incoming.request,
                                                         .body = std::move(incoming.body),
                                                         .url_id = incoming.url_id,
                                                         .request_id = incoming.request_id,
                                                         .trace_id = incoming.trace.header(),
                                                         .received_at = incoming.received_at,
                                                         .caller = std::move(caller)}),
                                   .function_arn = found.ref.qualified_arn(),
                                   .trace = incoming.trace};
  auto response = co_await run(incoming, *std::move(target), std::move(invocation));
  if (response) co_return *std::move(response);
  co_return response.error().code == "TooManyRequestsException" ? too_many_requests() : bad_gateway();
}

Async<io::Response> UrlFront::run(Incoming& incoming, TargetPtr target, execution::Invocation invocation) {
  const Found& found = incoming.found;
  if (found.url.invoke_mode != "RESPONSE_STREAM") {
    TRY(auto outcome, co_await run_function(parts_, found.ref, std::move(target), std::move(invocation)));
    if (outcome.function_error) co_return bad_gateway();
    auto response = response_of(std::move(outcome));
    co_return response ? *std::move(response) : bad_gateway();
  }
  // As an answer as it comes there is none.
  if (target->resolved.version.durable) co_return bad_gateway();
  auto mine = execution::stream_response();
  invocation.stream = mine.writing;
  TRY(auto outcome, co_await begin_function(parts_, found.ref, std::move(target), std::move(invocation)));
  auto begun = co_await mine.begun;
  if (begun)
    co_return co_await streamed(std::move(begun->content_type), std::move(mine.bytes), std::move(outcome));
  // A function that does not stream: its result is the body, and nothing in it is looked at.
  auto ended = co_await outcome;
  if (ended.platform_error || ended.function_error) co_return bad_gateway();
  co_return io::Response{
      .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::move(ended.payload)};
}

Task<io::Response> UrlFront::streamed(std::string content_type, std::unique_ptr<io::BodySource> bytes,
                                      io::Future<execution::Outcome> outcome) {
  io::Response response{.status = 200};
  std::string beginning;
  if (content_type == kPreludeType) {
    size_t end = std::string::npos;
    while (end == std::string::npos) {
      auto piece = co_await bytes->read();
      if (!piece || piece->empty() || beginning.size() > kPreludeBytesMax) co_return bad_gateway();
      beginning += *piece;
      end = beginning.find(kPreludeEnd);
    }
    auto head = response_of_prelude(beginning.substr(0, end));
    if (!head) co_return bad_gateway();
    response = *std::move(head);
    beginning.erase(0, end + kPreludeEnd.size());
  } else if (!content_type.empty()) {
    response.headers.add("Content-Type", std::move(content_type));
  }
  response.body = std::unique_ptr<io::BodySource>(
      std::make_unique<UrlStream>(std::move(beginning), std::move(bytes), std::move(outcome)));
  co_return response;
}

}  // namespace hearth::services::lambda
