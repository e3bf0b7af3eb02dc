// The HTTP/1.1 server: accepts on sockets it is given, spreads connections over the loops, reads requests,
// runs the handler on the connection's loop and writes its response. Keep-alive and pipelining (answers in
// order), bodies streamed both ways with back-pressure. A client that goes away does not stop its handler:
// an invoke runs to its end.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "io/http_parser.h"
#include "io/loops.h"
#include "io/stream.h"
#include "io/task_scope.h"
#include "io/tls.h"

namespace hearth::io {

struct HttpServerOptions {
  HttpLimits limits;
  uint64_t body_bytes_max = INT64_MAX;  // announced; what is read of it is for the handlers to limit
  // What is left of a body that a handler did not want is read and dropped up to this size, so that clients
  // that send first and read later see the answer; beyond, the connection is closed.
  uint64_t skip_bytes_max = uint64_t{128} << 20;
  size_t connections_max = 16 * 1024;
  std::chrono::nanoseconds head_timeout = std::chrono::seconds(30);   // from its first byte
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds(350);  // between requests
  std::chrono::nanoseconds body_timeout = std::chrono::seconds(60);   // without progress, reading
  std::chrono::nanoseconds write_timeout = std::chrono::seconds(60);  // without progress, writing
  std::chrono::nanoseconds awake_time{};  // after each response: the next request is expected within it
};

// The part of a server that lives on one loop. By itself it serves small private endpoints (a sandbox's
// Runtime API); HttpServer spreads connections over one of these a loop.
//
// Threads: made anywhere, used and destroyed on its loop (or when the loop has stopped).
class HttpWorker {
 public:
  // Runs on the worker's loop. The request's body lives until the returned task is done.
  using Handler = std::function<Task<Response>(Request)>;

  // `tls` null serves plain HTTP; it outlives the worker.
  HttpWorker(Loop& loop, Handler handler, const HttpServerOptions& options, const TlsContext* tls = nullptr);
  ~HttpWorker();
  HttpWorker(const HttpWorker&) = delete;

  Loop& loop() { return loop_; }
  // Accepts connections and serves them here.
  void listen(Fd listener);
  // Serves one connection.
  void adopt(Fd connection);
  // Takes no more connections, closes idle ones, waits for requests under way, at most `patience`.
  Task<void> drain(std::chrono::nanoseconds patience);
  size_t connections() const { return count_.load(std::memory_order_relaxed); }

 private:
  Task<void> accept_loop(Fd listener);
  Task<void> run_connection(Fd fd);
  Task<void> serve_stream(Stream& stream, int fd);
  Task<bool> serve_request(Stream& stream, class HttpReader& reader, const std::string& peer, int fd);
  std::string_view date_now();

  Loop& loop_;
  Handler handler_;
  const HttpServerOptions& options_;
  const TlsContext* tls_;
  std::atomic<size_t> count_ = 0;
  std::unordered_set<int> idle_;  // sockets that wait for their next request
  bool draining_ = false;
  int64_t date_second_ = -1;
  std::string date_;
  TaskScope acceptors_;
  TaskScope connections_;
};

class HttpServer {
 public:
  using Handler = HttpWorker::Handler;

  // All references outlive the server.
  HttpServer(Loops& loops, Handler handler, HttpServerOptions options = {}, const TlsContext* tls = nullptr);
  ~HttpServer();

  // Serves a listening socket; may be called for several. Any thread.
  void serve(Fd listener);
  // Drains all workers. Call from a coroutine on any loop, once.
  Task<void> drain(std::chrono::nanoseconds patience);
  size_t connections() const;

 private:
  Task<void> accept_loop(Fd listener);

  Loops& loops_;
  HttpServerOptions options_;
  size_t next_worker_ = 0;
  std::vector<std::unique_ptr<HttpWorker>> workers_;
  TaskScope acceptors_;  // on the first loop
};

}  // namespace hearth::io
