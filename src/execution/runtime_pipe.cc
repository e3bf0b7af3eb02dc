#include "execution/runtime_pipe.h"

#include <unistd.h>

#include <array>
#include <cstring>

namespace hearth::execution {
namespace {

constexpr size_t kHeadBytes = 5;
constexpr size_t kRuntimeReadBytes = 64 * 1024;
constexpr size_t kDeliveryBytes = 36;

std::string number_bytes(uint32_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);  // this machine and the runtime's are one
  return bytes;
}

std::unexpected<Error> violated() {
  return fail("PipeViolated", "a frame that does not belong here");
}

// Of lines "name: value\r\n".
io::Headers fields_of(std::string_view text) {
  io::Headers fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      fields.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
    }
    text.remove_prefix(std::min(text.size(), line.size() + 2));
  }
  return fields;
}

}  // namespace

// A stream as the body of a request to the Runtime API.
class RuntimePipe::StreamBody final : public io::BodySource {
 public:
  explicit StreamBody(RuntimePipe& pipe) : pipe_(pipe) {}
  Async<std::string> read() override { return pipe_.read_piece(); }
  const io::Headers* trailers() const override { return &pipe_.trailers_; }

 private:
  RuntimePipe& pipe_;
};

RuntimePipe::RuntimePipe(Fd to_runtime, Fd from_runtime, RuntimeApi& api)
    : to_runtime_(std::move(to_runtime)), from_runtime_(std::move(from_runtime)), api_(api) {}

Task<void> RuntimePipe::run() {
  for (;;) {
    const auto frame = co_await begin_frame();
    if (!frame || !co_await serve(*frame)) co_return;
  }
}

Async<RuntimePipe::Frame> RuntimePipe::begin_frame() {
  TRY_VOID(co_await fill(kHeadBytes));
  uint32_t bytes = 0;
  std::memcpy(&bytes, incoming_.data() + begin_, sizeof bytes);
  const auto kind = static_cast<Kind>(incoming_[begin_ + sizeof bytes]);
  begin_ += kHeadBytes;
  co_return Frame{kind, bytes};
}

// Until there are so many bytes.
Async<void> RuntimePipe::fill(size_t bytes) {
  static thread_local std::array<char, kRuntimeReadBytes> piece;
  while (incoming_.size() - begin_ < bytes) {
    incoming_.erase(0, std::exchange(begin_, 0));
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

Async<std::string> RuntimePipe::body_of(size_t bytes) {
  TRY_VOID(co_await fill(bytes));
  std::string body;
  if (begin_ == 0 && incoming_.size() == bytes) {
    body.swap(incoming_);
  } else {
    body.assign(incoming_, begin_, bytes);
    begin_ += bytes;
  }
  co_return body;
}

Async<void> RuntimePipe::skip(size_t bytes) {
  while (bytes > incoming_.size() - begin_) {
    bytes -= incoming_.size() - begin_;
    begin_ = incoming_.size();
    TRY_VOID(co_await fill(1));
  }
  begin_ += bytes;
  co_return {};
}

Async<void> RuntimePipe::serve(Frame frame) {
  const size_t id_bytes = api_.shared() ? kDeliveryBytes : 0;
  if (frame.bytes > id_bytes + kResponseBytesMax) {
    TRY(std::string begin, co_await body_of(id_bytes));
    TRY_VOID(co_await skip(frame.bytes - begin.size()));
    (void)api_.respond_too_large(begin);
    co_return {};
  }
  TRY(std::string body, co_await body_of(frame.bytes));
  if (frame.kind == Kind::kStreamHead) co_return co_await take_stream(std::move(body));
  const bool good = frame.kind == Kind::kSnapshot ? co_await api_.add_to_snapshot(std::move(body))
                                                  : take(frame.kind, std::move(body));
  if (!good) co_return violated();
  co_return {};
}

Async<void> RuntimePipe::take_stream(std::string head) {
  streaming_ = true;
  trailers_ = {};
  (void)co_await api_.respond_streaming(
      {.headers = fields_of(head),
       .body = std::unique_ptr<io::BodySource>(std::make_unique<StreamBody>(*this))});
  // What lies beyond a limit, or nobody asked for, is the runtime's to send and nobody's to have.
  while (streaming_) TRY_VOID(co_await read_piece());
  co_return {};
}

Async<std::string> RuntimePipe::read_piece() {
  while (streaming_) {
    TRY(const Frame frame, co_await begin_frame());
    const bool end = frame.kind == Kind::kStreamEnd;
    if ((!end && frame.kind != Kind::kStreamPiece) || frame.bytes > kResponseBytesMax) {
      co_return violated();
    }
    TRY(std::string body, co_await body_of(frame.bytes));
    if (!end && !body.empty()) co_return body;
    if (!end) continue;
    streaming_ = false;
    trailers_ = fields_of(body);
  }
  co_return std::string();
}

// What a result begins with where many requests are under way.
std::string RuntimePipe::take_delivery(std::string& body) const {
  std::string id;
  if (!api_.shared()) return id;
  id = body.substr(0, kDeliveryBytes);
  body.erase(0, kDeliveryBytes);
  return id;
}

bool RuntimePipe::take(Kind kind, std::string body) {
  const auto answered = [this, kind](io::Response response) { answer(kind, std::move(response)); };
  switch (kind) {
    case Kind::kEnvironment:
      return api_.ask_environment(answered);
    case Kind::kNext:
      return api_.ask_next(answered);
    case Kind::kResponse: {
      const std::string id = take_delivery(body);
      (void)api_.respond(id, std::move(body));
      return true;
    }
    case Kind::kError:
    case Kind::kInitError: {
      const std::string id = kind == Kind::kError ? take_delivery(body) : "";
      uint16_t type_bytes = 0;
      if (body.size() < sizeof type_bytes) return false;
      std::memcpy(&type_bytes, body.data(), sizeof type_bytes);
      if (body.size() < sizeof type_bytes + type_bytes) return false;
      const std::string type = body.substr(sizeof type_bytes, type_bytes);
      body.erase(0, sizeof type_bytes + type_bytes);
      if (kind == Kind::kInitError) return api_.fail_init(type, std::move(body));
      (void)api_.respond_error(id, type, std::move(body));
      return true;
    }
    case Kind::kNoSnapshot:
      return api_.refuse_snapshot(std::move(body));
    case Kind::kRest:
      return api_.ask_to_rest(answered);
    case Kind::kSdk:
      return api_.take_sdk();
    case Kind::kSnapshot:
    case Kind::kStreamHead:
    case Kind::kStreamPiece:
    case Kind::kStreamEnd:
      break;  // no stream is under way
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
  const bool writes = !outgoing_.empty();
  outgoing_ += number_bytes(static_cast<uint32_t>(head.size() + body.size()));
  outgoing_ += static_cast<char>(kind);
  outgoing_ += head;
  outgoing_ += body;
  if (!writes) writing_.spawn(write());
  if (kind == Kind::kNext) io::Loop::here().stay_awake(kAwakeForRuntime);
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
