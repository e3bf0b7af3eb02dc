#include "io/http_server.h"

#include <sys/socket.h>

#include "base/log.h"
#include "io/http_connection.h"
#include "io/run_on.h"
#include "io/timeout.h"

namespace hearth::io {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr auto kLingerTime = std::chrono::seconds(2);

Response refusal(int status, std::string_view reason) {
  Response response{.status = status};
  response.headers.add("Content-Type", "text/plain");
  response.body = std::string(reason) + "\n";
  return response;
}

// What a connection does at its end stands in frames of their own: those that wait hold no memory for it.
struct Refused {
  int status;
  std::string_view reason;
  std::string date;
};
[[gnu::noinline]] Task<void> refuse(Stream& stream, Refused refused, std::chrono::nanoseconds timeout) {
  Response response = refusal(refused.status, refused.reason);
  OutgoingHead head = response_head(response, false, false, refused.date);
  (void)co_await send_message(stream, std::move(head), std::move(response.body), false, timeout);
}

// Closing with unread bytes would reset the connection and take the last response with it.
[[gnu::noinline]] Task<void> linger(Stream& stream, uint64_t bytes_max, SteadyTime deadline) {
  stream.close_write();
  char dropped[4096];
  for (; bytes_max >= sizeof dropped; bytes_max -= sizeof dropped) {
    const auto n = co_await stream.read(dropped, deadline);
    if (!n || *n == 0) break;
  }
}

}  // namespace

HttpWorker::HttpWorker(Loop& loop, Handler handler, const HttpServerOptions& options, const TlsContext* tls)
    : loop_(loop), handler_(std::move(handler)), options_(options), tls_(tls) {}

HttpWorker::~HttpWorker() = default;

std::string_view HttpWorker::date_now() {
  const TimePoint now = loop_.clock().now();
  const int64_t second = epoch_ms(now) / 1000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(now);
  }
  return date_;
}

void HttpWorker::listen(Fd listener) {
  acceptors_.spawn(accept_loop(std::move(listener)));
}
void HttpWorker::adopt(Fd connection) {
  connections_.spawn(run_connection(std::move(connection)));
}

Task<void> HttpWorker::accept_loop(Fd listener) {
  Descriptor descriptor(std::move(listener));
  while (!draining_) {
    auto fd = co_await accept_one(descriptor);
    if (!fd) {
      log::error("no longer accepting connections: {}", fd.error().message);
      co_return;
    }
    adopt(std::move(*fd));
  }
}

Task<void> HttpWorker::run_connection(Fd fd) {
  struct Counted {
    std::atomic<size_t>& count;
    explicit Counted(std::atomic<size_t>& counter) : count(counter) { ++count; }
    ~Counted() { --count; }
  } counted(count_);
  const int number = fd.get();
  if (tls_) {
    auto stream = co_await tls_accept(*tls_, std::move(fd), loop_.now() + options_.head_timeout);
    if (!stream) {
      log::debug("TLS handshake: {}", stream.error().message);
      co_return;
    }
    co_await serve_stream(**stream, number);
  } else {
    SocketStream stream(std::move(fd));
    co_await serve_stream(stream, number);
  }
}

Task<void> HttpWorker::serve_stream(Stream& stream, int fd) {
  HttpReader reader(stream, options_.body_timeout);
  const std::string peer = peer_text(fd);
  if (connections() > options_.connections_max) {
    co_await refuse(stream, {503, "too many connections", std::string(date_now())}, options_.write_timeout);
  } else {
    while (co_await serve_request(stream, reader, peer, fd)) {
    }
  }
  co_await linger(stream, options_.skip_bytes_max, loop_.now() + kLingerTime);
}

// One request and its response; false when the connection is to be closed.
Task<bool> HttpWorker::serve_request(Stream& stream, HttpReader& reader, const std::string& peer, int fd) {
  // ----- the head -----
  Request request;
  ParsedHead parsed;
  SteadyTime deadline = loop_.now() + options_.idle_timeout;
  bool first_bytes = reader.buffered().empty();
  while (true) {
    if (!reader.buffered().empty()) {
      parsed = parse_request_head(reader.buffered(), options_.limits, request);
      if (parsed.state != ParsedHead::State::kIncomplete) break;
      if (std::exchange(first_bytes, false)) deadline = loop_.now() + options_.head_timeout;
    } else if (draining_) {
      co_return false;
    }
    idle_.insert(fd);
    const auto more = co_await reader.fill(deadline);
    idle_.erase(fd);
    if (!more || !*more) co_return false;
  }
  if (parsed.state == ParsedHead::State::kComplete && parsed.framing.length_bytes > options_.body_bytes_max) {
    parsed = {.state = ParsedHead::State::kBad, .status = 413, .reason = "body too large"};
  }
  if (parsed.state == ParsedHead::State::kBad) {
    co_await refuse(stream, {parsed.status, parsed.reason, std::string(date_now())}, options_.write_timeout);
    co_return false;
  }

  // ----- handler -----
  const Framing framing = parsed.framing;
  reader.consume(parsed.consumed_bytes);
  reader.begin_body(framing, kContinue);
  // Of a body without bytes too: botocore loses step with a connection that goes on without this answer.
  if (framing.expects_continue && reader.body_done()) {
    if (!co_await stream.write(kContinue, loop_.now() + options_.write_timeout)) co_return false;
  }
  request.body = reader.take_body();
  request.peer = peer;
  request.tls = stream.encrypted();
  const bool is_head = request.method == "HEAD";
  Response response;
  try {
    response = co_await handler_(std::move(request));
  } catch (const std::exception& error) {
    log::error("uncaught exception in a request handler: {}", error.what());
    response = refusal(500, "internal error");
  }

  // ----- response -----
  // A body that the handler did not read is dropped first: its sender may not listen before it has sent all.
  // (A streamed response may still be reading it.)
  const bool streamed = !response.body.size_bytes();
  bool in_step = streamed || co_await reader.skip_body(options_.skip_bytes_max);
  const bool open_ended = framing.http_1_0 && !response.body.size_bytes();
  const bool keep_alive = framing.keep_alive && in_step && !draining_ && !open_ended;
  const bool bodiless = is_head || response.status == 204 || response.status == 304;
  OutgoingHead head = response_head(response, keep_alive, framing.http_1_0, date_now());
  const auto sent = co_await send_message(stream, std::move(head), std::move(response.body), bodiless,
                                          options_.write_timeout);
  if (sent && streamed) in_step = co_await reader.skip_body(options_.skip_bytes_max);
  loop_.stay_awake(options_.awake_time);
  co_return sent&& keep_alive&& in_step;
}

Task<void> HttpWorker::drain(std::chrono::nanoseconds patience) {
  draining_ = true;
  acceptors_.cancel();
  for (const int fd : idle_) ::shutdown(fd, SHUT_RD);
  auto wait = [](TaskScope& scope) -> Task<bool> {
    co_await scope.drained();
    co_return true;
  };
  if (!co_await with_timeout(wait(connections_), patience))
    log::warn("requests were still under way at the end");
  connections_.cancel();
}

// ----- one worker a loop -----

HttpServer::HttpServer(Loops& loops, Handler handler, HttpServerOptions options, const TlsContext* tls)
    : loops_(loops), options_(options) {
  for (size_t i = 0; i < loops_.size(); ++i) {
    workers_.push_back(std::make_unique<HttpWorker>(loops_[i], handler, options_, tls));
  }
}

HttpServer::~HttpServer() = default;

void HttpServer::serve(Fd listener) {
  loops_[0].post([this, listener = std::move(listener)]() mutable {
    acceptors_.spawn(accept_loop(std::move(listener)));
  });
}

size_t HttpServer::connections() const {
  size_t count = 0;
  for (const auto& worker : workers_) count += worker->connections();
  return count;
}

Task<void> HttpServer::accept_loop(Fd listener) {
  Descriptor descriptor(std::move(listener));
  while (true) {
    auto fd = co_await accept_one(descriptor);
    if (!fd) {
      log::error("no longer accepting connections: {}", fd.error().message);
      co_return;
    }
    HttpWorker& target = *workers_[next_worker_++ % workers_.size()];
    if (&target.loop() == &loops_[0]) {
      target.adopt(std::move(*fd));
    } else {
      target.loop().post(
          [&target, connection = std::move(*fd)]() mutable { target.adopt(std::move(connection)); });
    }
  }
}

Task<void> HttpServer::drain(std::chrono::nanoseconds patience) {
  auto stop_accepting = [this]() -> Task<bool> {
    acceptors_.cancel();
    co_return true;
  };
  (void)co_await run_on(loops_[0], stop_accepting);
  auto drain_all = [&](HttpWorker& worker) -> Task<void> {
    auto one = [&worker, patience]() -> Task<bool> {
      co_await worker.drain(patience);
      co_return true;
    };
    (void)co_await run_on(worker.loop(), one);
  };
  TaskScope scope;
  for (const auto& worker : workers_) scope.spawn(drain_all(*worker));
  co_await scope.drained();
}

}  // namespace hearth::io
