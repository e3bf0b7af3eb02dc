// What a function's process writes to the server's pipe: any bytes, in any pieces. The pipe ends when the
// process has, and tells of no result that is longer than what was written.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "execution/runtime_pipe.h"

namespace hearth::execution {
namespace {

class Runtime {
 public:
  // `shared`: many events at once.
  Runtime(std::string_view bytes, bool shared) : bytes_(bytes) {
    if (shared) api_.share();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    to_runtime_.reset(ends[0]);
    Fd writing(ends[1]);
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    from_runtime_.reset(ends[1]);
    pipe_ = std::make_unique<RuntimePipe>(std::move(writing), Fd(ends[0]), api_);
  }

  void run(size_t piece_bytes, bool streams) {
    auto body = [&]() -> Task<void> {
      io::TaskScope scope;
      scope.spawn(serve(streams));
      scope.spawn(talk(piece_bytes));
      co_await pipe_->run();
    };
    loop_.run_until_done(body());
  }

 private:
  Task<void> talk(size_t piece_bytes) {
    while (!bytes_.empty()) {
      const std::string_view piece = bytes_.substr(0, piece_bytes);
      const ssize_t written = ::write(from_runtime_.get(), piece.data(), piece.size());
      if (written > 0) bytes_.remove_prefix(static_cast<size_t>(written));
      co_await io::yield_now();
    }
    from_runtime_.reset();
  }

  // The environment, which gives an event to whoever asks for one.
  Task<void> serve(bool streams) {
    const size_t bytes_max = bytes_.size();
    for (;;) {
      const auto event = co_await events_.pop();
      if (!event || event->body.size() > bytes_max) std::abort();
      if (event->kind == RuntimeEvent::Kind::kWaiting) api_.furnish("{}");
      if (event->kind == RuntimeEvent::Kind::kResting) api_.go_on();
      if (event->kind != RuntimeEvent::Kind::kNext) continue;
      if (api_.shared()) {
        for (char number = '0'; number <= '9'; ++number) {
          readers_.spawn(call(std::string(kRequestIdBytes, number), bytes_max));
        }
        continue;
      }
      std::optional<ResponseStream> stream;
      if (streams) {
        responses_.push_back(stream_response());
        stream = responses_.back().writing;
        readers_.spawn(read(*responses_.back().bytes));
      }
      api_.deliver("id", {{"Lambda-Runtime-Aws-Request-Id", "id"}}, "{}", stream);
    }
  }
  Task<void> call(std::string id, size_t bytes_max) {
    io::Channel<RuntimeEvent> results;
    const auto take = [id] {
      return io::Response{
          .status = 200, .headers = {{"Lambda-Runtime-Aws-Request-Id", id}}, .body = std::string("{}")};
    };
    api_.share().deliver({.id = id, .request_id = id, .take = take, .results = results});
    const auto result = co_await results.pop();
    if (!result || result->body.size() > bytes_max) std::abort();
  }
  static Task<void> read(io::BodySource& source) {
    for (;;) {
      const auto piece = co_await source.read();
      if (!piece || piece->empty()) co_return;
    }
  }

  static constexpr size_t kRequestIdBytes = 36;

  std::string_view bytes_;
  io::Loop loop_;
  io::Channel<RuntimeEvent> events_;
  RuntimeApi api_{events_};
  Fd to_runtime_;
  Fd from_runtime_;
  std::deque<StreamedResponse> responses_;
  io::TaskScope readers_;
  std::unique_ptr<RuntimePipe> pipe_;
};

}  // namespace
}  // namespace hearth::execution

// The first byte says how the rest is written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  hearth::execution::Runtime(bytes, (data[0] & 64) != 0).run(1 + data[0] % 64, data[0] >= 128);
  return 0;
}
