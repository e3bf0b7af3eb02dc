#include "execution/runtime_pipe.h"

#include <unistd.h>

#include <array>
#include <cstring>

namespace hearth::execution {
namespace {

constexpr size_t kHeadBytes = 5;
constexpr size_t kReadBytes = 64 * 1024;

std::string number_bytes(uint32_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);  // this machine and the runtime's are one
  return bytes;
}

}  // namespace

RuntimePipe::RuntimePipe(Fd to_runtime, Fd from_runtime, RuntimeApi& api)
    : to_runtime_(std::move(to_runtime)), from_runtime_(std::move(from_runtime)), api_(api) {}

Task<void> RuntimePipe::run() {
  for (;;) {
    if (!co_await fill(kHeadBytes)) co_return;
    uint32_t bytes = 0;
    std::memcpy(&bytes, incoming_.data(), sizeof bytes);
    const auto kind = static_cast<Kind>(incoming_[4]);
    incoming_.erase(0, kHeadBytes);
    if (!co_await serve(kind, bytes)) co_return;
  }
}

// Until there are so many bytes.
Async<void> RuntimePipe::fill(size_t bytes) {
  static thread_local std::array<char, kReadBytes> piece;
  while (incoming_.size() < bytes) {
    const ssize_t size = ::read(from_runtime_.get(), piece.data(), piece.size());
    if (size > 0) {
      incoming_.append(piece.data(), static_cast<size_t>(size));
    } else if (size == 0 || errno != EAGAIN) {
      co_return fail("PipeClosed", "the runtime has gone");
    } else {
      co_await from_runtime_.readable();
    }
  }
  co_return {};
}

Async<void> RuntimePipe::skip(size_t bytes) {
  while (bytes > incoming_.size()) {
    bytes -= incoming_.size();
    incoming_.clear();
    TRY_VOID(co_await fill(1));
  }
  incoming_.erase(0, bytes);
  co_return {};
}

Async<void> RuntimePipe::serve(Kind kind, size_t bytes) {
  bool good = false;
  if (bytes > RuntimeApi::kResponseBytesMax) {
    TRY_VOID(co_await skip(bytes));
    good = api_.respond_too_large();
  } else {
    TRY_VOID(co_await fill(bytes));
    std::string body = incoming_.size() == bytes ? std::exchange(incoming_, {}) : incoming_.substr(0, bytes);
    if (!incoming_.empty()) incoming_.erase(0, bytes);
    good = take(kind, std::move(body));
  }
  if (!good) co_return fail("PipeViolated", "a frame that does not belong here");
  co_return {};
}

bool RuntimePipe::take(Kind kind, std::string body) {
  const auto answered = [this, kind](io::Response response) { answer(kind, std::move(response)); };
  switch (kind) {
    case Kind::kEnvironment:
      return api_.ask_environment(answered);
    case Kind::kNext:
      return api_.ask_next(answered);
    case Kind::kResponse:
      return api_.respond(std::move(body));
    case Kind::kError:
    case Kind::kInitError: {
      uint16_t type_bytes = 0;
      if (body.size() < sizeof type_bytes) return false;
      std::memcpy(&type_bytes, body.data(), sizeof type_bytes);
      if (body.size() < sizeof type_bytes + type_bytes) return false;
      const std::string type = body.substr(sizeof type_bytes, type_bytes);
      body.erase(0, sizeof type_bytes + type_bytes);
      return kind == Kind::kError ? api_.respond_error(type, std::move(body))
                                  : api_.fail_init(type, std::move(body));
    }
  }
  return false;
}

void RuntimePipe::answer(Kind kind, io::Response response) {
  if (response.status != 200) return;  // the process is being ended
  std::string head;
  if (kind == Kind::kNext) {
    std::string fields;
    for (const auto& [name, value] : response.headers) fields += name + ": " + value + "\r\n";
    head = number_bytes(static_cast<uint32_t>(fields.size())) + fields;
  }
  const std::string& body = *response.body.bytes();
  outgoing_ = number_bytes(static_cast<uint32_t>(head.size() + body.size()));
  outgoing_ += static_cast<char>(kind);
  outgoing_ += head;
  outgoing_ += body;
  writing_.spawn(write());
}

Task<void> RuntimePipe::write() {
  for (size_t written = 0; written < outgoing_.size();) {
    const ssize_t size = ::write(to_runtime_.get(), outgoing_.data() + written, outgoing_.size() - written);
    if (size > 0) {
      written += static_cast<size_t>(size);
    } else if (errno == EAGAIN) {
      co_await to_runtime_.writable();
    } else {
      co_return;  // its end is told by its exit
    }
  }
  outgoing_.clear();
}

}  // namespace hearth::execution
