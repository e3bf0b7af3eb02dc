// Sends HTTP requests that were written beforehand and measures how long each takes. The bytes of a request
// are made once, by whoever signs them; here they are only sent, so that the load costs little beside the
// server.
//
//   http_load PORT CONNECTIONS MODE FILE
//
// FILE holds requests, each behind a line with its length. MODE is what each connection does:
//   once          the requests are dealt out to the connections; each is sent once, one after the other
//   once:RATE     the same at so many requests a second over all connections
//   SECONDS       connection i sends request i (modulo) again and again for so long
//   SECONDS:RATE  the same at so many requests a second over all connections
// With a rate, requests are due whether earlier ones have been answered or not; one that had to wait for its
// connection is measured from when it was due.
//
// Prints a JSON object: requests, failures (no status 200), seconds, and microseconds min, p50, p90, p99,
// max.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/task_scope.h"

namespace hearth {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

struct Plan {
  uint16_t port = 0;
  size_t connections = 1;
  bool once = false;
  double seconds = 0;
  double rate = 0;  // 0: as fast as answers come
  std::vector<std::string> requests;
};

struct Tally {
  std::vector<double> microseconds;
  size_t failures = 0;
};

class Connection {
 public:
  explicit Connection(uint16_t port) : descriptor_(connected(port)) {}

  // Whether it was answered with status 200.
  Task<bool> exchange(const std::string& request) {
    for (size_t sent = 0; sent < request.size();) {
      const ssize_t size = ::write(descriptor_.get(), request.data() + sent, request.size() - sent);
      if (size > 0) {
        sent += static_cast<size_t>(size);
      } else if (errno == EAGAIN) {
        co_await descriptor_.writable();
      } else {
        co_return false;
      }
    }
    size_t needed = std::string::npos;
    while (buffer_.size() < needed) {
      char piece[65536];
      const ssize_t size = ::read(descriptor_.get(), piece, sizeof piece);
      if (size == 0 || (size < 0 && errno != EAGAIN)) co_return false;
      if (size < 0) {
        co_await descriptor_.readable();
        continue;
      }
      buffer_.append(piece, static_cast<size_t>(size));
      if (needed == std::string::npos) needed = answer_size();
    }
    const bool good = buffer_.starts_with("HTTP/1.1 200");
    buffer_.erase(0, needed);
    co_return good;
  }

 private:
  static Fd connected(uint16_t port) {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      std::perror("connect");
      std::exit(1);
    }
    const int on = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
  }

  // Of the answer that the buffer begins with; npos as long as its head is not complete.
  size_t answer_size() const {
    const size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return end;
    constexpr std::string_view kField = "\r\nContent-Length: ";
    const size_t field = buffer_.find(kField);
    size_t length = 0;
    if (field < end) {
      std::from_chars(buffer_.data() + field + kField.size(), buffer_.data() + end, length);
    }
    return end + 4 + length;
  }

  io::Descriptor descriptor_;
  std::string buffer_;
};

class Load {
 public:
  explicit Load(Plan plan) : plan_(std::move(plan)) {}

  Task<void> run() {
    io::TaskScope workers;
    began_ = io::Loop::here().now();
    for (size_t index = 0; index < plan_.connections; ++index) workers.spawn(work(index));
    co_await workers.drained();
    ended_ = io::Loop::here().now();
  }

  void print() {
    auto& times = tally_.microseconds;
    std::ranges::sort(times);
    const auto at = [&](double share) {
      return times.empty() ? 0
                           : times[std::min(times.size() - 1,
                                            static_cast<size_t>(share * static_cast<double>(times.size())))];
    };
    std::printf(
        "{\"requests\": %zu, \"failures\": %zu, \"seconds\": %.3f, \"min\": %.1f, \"p50\": %.1f, \"p90\": "
        "%.1f, "
        "\"p99\": %.1f, \"max\": %.1f}\n",
        times.size(), tally_.failures, duration<double>(ended_ - began_).count(), at(0), at(0.5), at(0.9),
        at(0.99), at(1));
  }

 private:
  Task<void> work(size_t index) {
    Connection connection(plan_.port);
    const SteadyTime end = began_ + duration_cast<nanoseconds>(duration<double>(plan_.seconds));
    for (size_t round = 0;; ++round) {
      size_t request = index;
      if (plan_.once) {
        request += round * plan_.connections;
        if (request >= plan_.requests.size()) co_return;
      }
      SteadyTime start = io::Loop::here().now();
      if (plan_.rate > 0) {
        const double due_seconds = static_cast<double>(round * plan_.connections + index) / plan_.rate;
        const SteadyTime due = began_ + duration_cast<nanoseconds>(duration<double>(due_seconds));
        if (!plan_.once && due > end) co_return;
        if (due > start) {
          co_await io::sleep_until(due);
          start = io::Loop::here().now();
        } else {
          start = due;
        }
      }
      if (!plan_.once && start > end) co_return;
      const bool good = co_await connection.exchange(plan_.requests[request % plan_.requests.size()]);
      tally_.microseconds.push_back(duration<double, std::micro>(io::Loop::here().now() - start).count());
      if (!good) ++tally_.failures;
    }
  }

  Plan plan_;
  Tally tally_;
  SteadyTime began_;
  SteadyTime ended_;
};

std::vector<std::string> read_requests(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> requests;
  for (size_t size = 0; file >> size;) {
    file.get();
    std::string request(size, '\0');
    file.read(request.data(), static_cast<std::streamsize>(size));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: http_load PORT CONNECTIONS once|SECONDS|SECONDS:RATE FILE\n");
    return 2;
  }
  hearth::Plan plan{.port = static_cast<uint16_t>(std::atoi(argv[1])),
                    .connections = static_cast<size_t>(std::atoi(argv[2])),
                    .requests = hearth::read_requests(argv[4])};
  const std::string mode = argv[3];
  plan.once = mode.starts_with("once");
  plan.seconds = std::atof(mode.c_str());  // 0 of "once"
  if (const size_t colon = mode.find(':'); colon != std::string::npos)
    plan.rate = std::atof(mode.c_str() + colon + 1);
  if (plan.requests.empty()) {
    std::fprintf(stderr, "http_load: no requests in %s\n", argv[4]);
    return 2;
  }
  hearth::io::Loop loop;
  hearth::Load load(std::move(plan));
  loop.run_until_done(load.run());
  load.print();
  return 0;
}
