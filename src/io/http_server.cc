#include "io/http_server.h"

#include <sys/socket.h>

#include <unordered_set>

#include "base/log.h"
#include "io/future.h"
#include "io/http_connection.h"
#include "io/task_scope.h"
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

}  // namespace

// What belongs to one loop.
struct HttpServer::Worker {
  Loop& loop;
  TaskScope acceptors;
  TaskScope drain;
  TaskScope connections;
  std::unordered_set<int> idle;  // sockets that wait for their next request
  bool draining = false;
  int64_t date_second = -1;
  std::string date;

  explicit Worker(Loop& on) : loop(on) {}

  std::string_view date_now() {
    const TimePoint now = loop.clock().now();
    const int64_t second = epoch_ms(now) / 1000;
    if (second != date_second) {
      date_second = second;
      date = http_date(now);
    }
    return date;
  }
};

HttpServer::HttpServer(Loops& loops, Handler handler, HttpServerOptions options, const TlsContext* tls)
    : loops_(loops), handler_(std::move(handler)), options_(options), tls_(tls) {
  for (size_t i = 0; i < loops_.size(); ++i) workers_.push_back(std::make_unique<Worker>(loops_[i]));
}

// The loops have stopped, or drain() is done; either way this thread alone touches the workers.
HttpServer::~HttpServer() = default;

void HttpServer::serve(Fd listener) {
  Worker& worker = *workers_.front();
  worker.loop.post([this, &worker, listener = std::move(listener)]() mutable {
    worker.acceptors.spawn(accept_loop(worker, std::move(listener)));
  });
}

Task<void> HttpServer::accept_loop(Worker& worker, Fd listener) {
  Descriptor descriptor(std::move(listener));
  while (!worker.draining) {
    auto fd = co_await accept_one(descriptor);
    if (!fd) {
      log::error("no longer accepting connections: {}", fd.error().message);
      co_return;
    }
    Worker& target = *workers_[next_worker_++ % workers_.size()];
    auto start = [this, &target, connection = std::move(*fd)]() mutable {
      target.connections.spawn(run_connection(target, std::move(connection)));
    };
    if (&target == &worker) {
      start();
    } else {
      target.loop.post(std::move(start));
    }
  }
}

Task<void> HttpServer::run_connection(Worker& worker, Fd fd) {
  struct Counted {
    std::atomic<size_t>& count;
    explicit Counted(std::atomic<size_t>& counter) : count(counter) { ++count; }
    ~Counted() { --count; }
  } counted(connections_);
  const int number = fd.get();
  if (tls_) {
    auto stream = co_await tls_accept(*tls_, std::move(fd), worker.loop.now() + options_.head_timeout);
    if (!stream) {
      log::debug("TLS handshake: {}", stream.error().message);
      co_return;
    }
    co_await serve_stream(worker, **stream, number);
  } else {
    SocketStream stream(std::move(fd));
    co_await serve_stream(worker, stream, number);
  }
}

Task<void> HttpServer::serve_stream(Worker& worker, Stream& stream, int fd) {
  HttpReader reader(stream, options_.body_timeout);
  const std::string peer = peer_text(fd);
  if (connections_.load() > options_.connections_max) {
    const Response response = refusal(503, "too many connections");
    OutgoingHead head = response_head(response, false, false, worker.date_now());
    (void)co_await send_message(stream, std::move(head), std::string("too many connections\n"), false,
                                options_.write_timeout);
  } else {
    while (co_await serve_request(worker, stream, reader, peer, fd)) {
    }
  }
  // Closing with unread bytes would reset the connection and take the last response with it.
  stream.close_write();
  const SteadyTime deadline = worker.loop.now() + kLingerTime;
  char dropped[4096];
  for (uint64_t left = options_.skip_bytes_max; left >= sizeof dropped; left -= sizeof dropped) {
    const auto n = co_await stream.read(dropped, deadline);
    if (!n || *n == 0) break;
  }
}

// One request and its response; false when the connection is to be closed.
Task<bool> HttpServer::serve_request(Worker& worker, Stream& stream, HttpReader& reader, const std::string& peer,
                                     int fd) {
  // ----- the head -----
  Request request;
  ParsedHead parsed;
  SteadyTime deadline = worker.loop.now() + options_.idle_timeout;
  bool first_bytes = reader.buffered().empty();
  while (true) {
    if (!reader.buffered().empty()) {
      parsed = parse_request_head(reader.buffered(), options_.limits, request);
      if (parsed.state != ParsedHead::State::kIncomplete) break;
      if (std::exchange(first_bytes, false)) deadline = worker.loop.now() + options_.head_timeout;
    } else if (worker.draining) {
      co_return false;
    }
    worker.idle.insert(fd);
    const auto more = co_await reader.fill(deadline);
    worker.idle.erase(fd);
    if (!more || !*more) co_return false;
  }
  if (parsed.state == ParsedHead::State::kComplete && parsed.framing.length_bytes > options_.body_bytes_max) {
    parsed = {.state = ParsedHead::State::kBad, .status = 413, .reason = "body too large"};
  }
  if (parsed.state == ParsedHead::State::kBad) {
    Response response = refusal(parsed.status, parsed.reason);
    OutgoingHead head = response_head(response, false, false, worker.date_now());
    (void)co_await send_message(stream, std::move(head), std::move(response.body), false, options_.write_timeout);
    co_return false;
  }

  // ----- handler -----
  const Framing framing = parsed.framing;
  reader.consume(parsed.consumed_bytes);
  reader.begin_body(framing, kContinue);
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
  const bool keep_alive = framing.keep_alive && in_step && !worker.draining && !open_ended;
  const bool bodiless = is_head || response.status == 204 || response.status == 304;
  OutgoingHead head = response_head(response, keep_alive, framing.http_1_0, worker.date_now());
  const auto sent = co_await send_message(stream, std::move(head), std::move(response.body), bodiless,
                                          options_.write_timeout);
  if (sent && streamed) in_step = co_await reader.skip_body(options_.skip_bytes_max);
  co_return sent && keep_alive && in_step;
}

Task<void> HttpServer::drain(std::chrono::nanoseconds patience) {
  std::vector<Future<bool>> ended(workers_.size());
  for (size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    auto finish = [](Worker& own, std::chrono::nanoseconds time, Promise<bool> done) -> Task<void> {
      own.draining = true;
      own.acceptors.cancel();
      for (const int fd : own.idle) ::shutdown(fd, SHUT_RD);
      auto wait = [](Worker& w) -> Task<bool> {
        co_await w.connections.drained();
        co_return true;
      };
      const bool in_time = (co_await with_timeout(wait(own), time)).has_value();
      own.connections.cancel();
      done.set(in_time);
    };
    worker.loop.post([&worker, finish, patience, done = ended[i].promise()] {
      worker.drain.spawn(finish(worker, patience, done));
    });
  }
  for (auto& future : ended) (void)co_await future;
}

}  // namespace hearth::io
