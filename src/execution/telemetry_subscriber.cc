#include "execution/telemetry_subscriber.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "base/json.h"
#include "io/http_parser.h"

namespace hearth::execution {
namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kPauseFirst(100);  // after the first that failed, then twice as long each
constexpr size_t kAnswerReadBytes = 4096;
constexpr const char* kWhyDropped =
    "Some logs were dropped because the downstream consumer is slower than the logs production rate";

// The bytes are the extension's; of what it answers only matters whether that is an error.
Async<void> await_answer(io::SocketStream& stream) {
  std::array<char, kAnswerReadBytes> piece;
  const io::HttpLimits limits;
  for (std::string head; head.size() < limits.head_bytes_max;) {
    TRY(const size_t count, co_await stream.read(piece, std::nullopt));
    if (count == 0) break;
    head.append(piece.data(), count);
    io::Response response;
    const auto parsed = io::parse_response_head(head, limits, false, response);
    if (parsed.state == io::ParsedHead::State::kComplete) {
      if (response.status < 400) co_return {};
      co_return fail("BadResponse", "the extension answered with an error");
    }
    if (parsed.state == io::ParsedHead::State::kBad) break;
  }
  co_return fail("BadResponse", "the extension did not answer");
}

}  // namespace

TelemetrySubscriber::TelemetrySubscriber(TelemetrySubscription asked, sandbox::Sandbox& sandbox,
                                         const Clock& clock)
    : asked_(std::move(asked)), sandbox_(sandbox), clock_(clock) {
  tasks_.spawn(run());
}

void TelemetrySubscriber::add(std::string event) {
  if (bytes_ + event.size() > 2 * asked_.bytes_max || events_.size() >= 2 * asked_.items_max) {
    ++dropped_;
    dropped_bytes_ += event.size();
    return;
  }
  append(std::move(event));
}

void TelemetrySubscriber::append(std::string event) {
  const bool first = events_.empty();
  const bool was_full = full();
  if (first) first_at_ = io::Loop::here().now();
  bytes_ += event.size();
  events_.push_back(std::move(event));
  if (first || (full() && !was_full)) changes_.push(true);
}

void TelemetrySubscriber::flush() {
  if (events_.empty()) return;
  flushing_ = true;
  changes_.push(true);
}

Task<void> TelemetrySubscriber::run() {
  for (;;) {
    while (events_.empty()) co_await changes_.pop();
    while (!full() && !flushing_) {
      if (!co_await changes_.pop(first_at_ + asked_.timeout)) break;
    }
    changes_.clear();
    take_batch();
    co_await send_batch();
  }
}

void TelemetrySubscriber::take_batch() {
  size_t taken_bytes = 0;
  while (!events_.empty() && batch_.size() < asked_.items_max &&
         (batch_.empty() || taken_bytes + events_.front().size() <= asked_.bytes_max)) {
    taken_bytes += events_.front().size();
    batch_.push_back(std::move(events_.front()));
    events_.pop_front();
  }
  bytes_ -= taken_bytes;
  flushing_ &= !events_.empty();
  first_at_ = io::Loop::here().now();
}

Task<void> TelemetrySubscriber::send_batch() {
  std::chrono::nanoseconds pause = kPauseFirst;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    const auto sent = co_await send();
    if (sent) break;
    stream_.reset();
    if (attempt == kAttempts) {
      dropped_ += batch_.size();
      for (const std::string& event : batch_) dropped_bytes_ += event.size();
      batch_.clear();
      co_return;
    }
    co_await io::sleep_for(pause);
  }
  batch_.clear();
  if (dropped_ > 0) tell_dropped();
}

void TelemetrySubscriber::tell_dropped() {
  const json::object record{
      {"reason", kWhyDropped}, {"droppedRecords", dropped_}, {"droppedBytes", dropped_bytes_}};
  dropped_ = dropped_bytes_ = 0;
  if (!asked_.platform) return;
  append(fmt::format(R"({{"time":"{}","type":"platform.logsDropped","record":{}}})", iso8601_ms(clock_.now()),
                     to_text(record)));
}

std::string TelemetrySubscriber::message() const {
  if (asked_.protocol == TelemetrySubscription::Protocol::kTcp)
    return fmt::format("{}\n", fmt::join(batch_, "\n"));
  const std::string body = fmt::format("[{}]", fmt::join(batch_, ","));
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      asked_.path, asked_.host, body.size(), body);
}

// No deadlines: the extension may be frozen, and one that stalls is its own misfortune.
Async<void> TelemetrySubscriber::send() {
  const bool tcp = asked_.protocol == TelemetrySubscription::Protocol::kTcp;
  if (!stream_) {
    TRY(stream_, co_await connect());
  }
  const std::string bytes = message();
  TRY_VOID(co_await stream_->write(bytes, std::nullopt));
  if (tcp) co_return {};
  TRY_VOID(co_await await_answer(*stream_));
  stream_.reset();
  co_return {};
}

Async<std::unique_ptr<io::SocketStream>> TelemetrySubscriber::connect() {
  TRY(Fd socket, co_await sandbox_.open_socket());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(asked_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (connected != 0 && errno != EINPROGRESS) co_return fail("IoError", "nobody listens");
  auto stream = std::make_unique<io::SocketStream>(std::move(socket));
  if (connected != 0) co_await stream->descriptor().writable();
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(stream->descriptor().get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) co_return fail("IoError", "nobody listens");
  co_return stream;
}

}  // namespace hearth::execution
