// The HTTP/1.1 server: accepts on sockets it is given, spreads connections over the loops, reads requests,
// runs the handler on the connection's loop and writes its response. Keep-alive and pipelining (answers in
// order), bodies streamed both ways with back-pressure. A client that goes away does not stop its handler:
// an invoke runs to its end.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "io/http_parser.h"
#include "io/loops.h"
#include "io/stream.h"
#include "io/tls.h"

namespace hearth::io {

struct HttpServerOptions {
  HttpLimits limits;
  uint64_t body_bytes_max = uint64_t{5} << 30;
  // What is left of a body that a handler did not want is read and dropped up to this size, so that clients
  // that send first and read later see the answer; beyond, the connection is closed.
  uint64_t skip_bytes_max = uint64_t{128} << 20;
  size_t connections_max = 16 * 1024;
  std::chrono::nanoseconds head_timeout = std::chrono::seconds(30);   // from its first byte
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds(350);  // between requests
  std::chrono::nanoseconds body_timeout = std::chrono::seconds(60);   // without progress, reading
  std::chrono::nanoseconds write_timeout = std::chrono::seconds(60);  // without progress, writing
};

class HttpServer {
 public:
  // Runs on the connection's loop. The request's body lives until the returned task is done.
  using Handler = std::function<Task<Response>(Request)>;

  // `tls` null serves plain HTTP. All references outlive the server.
  HttpServer(Loops& loops, Handler handler, HttpServerOptions options = {}, const TlsContext* tls = nullptr);
  ~HttpServer();

  // Serves a listening socket; may be called for several. Any thread.
  void serve(Fd listener);
  // Takes no more connections, closes idle ones, lets requests under way finish until the deadline. Call from
  // a coroutine on any loop, once.
  Task<void> drain(std::chrono::nanoseconds patience);

  size_t connections() const { return connections_.load(std::memory_order_relaxed); }

 private:
  struct Worker;

  Task<void> accept_loop(Worker& worker, Fd listener);
  Task<void> run_connection(Worker& worker, Fd fd);
  Task<void> serve_stream(Worker& worker, Stream& stream, int fd);
  Task<bool> serve_request(Worker& worker, Stream& stream, class HttpReader& reader, const std::string& peer, int fd);

  Loops& loops_;
  Handler handler_;
  HttpServerOptions options_;
  const TlsContext* tls_;
  std::atomic<size_t> connections_ = 0;
  std::atomic<size_t> next_worker_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace hearth::io
