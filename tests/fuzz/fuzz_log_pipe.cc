// What a function's process writes to its output, in pieces of any size: no event is longer than one may be,
// and what comes out does not depend on the pieces.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "execution/log_pipe.h"

namespace hearth::execution {
namespace {

std::vector<std::string> events_of(std::string_view bytes, size_t piece_bytes) {
  io::Loop loop;
  std::vector<std::string> events;
  auto body = [&]() -> Task<void> {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    Fd writing(ends[1]);
    LogPipe pipe(Fd(ends[0]), [&](std::string event) {
      if (event.empty() || event.size() > LogPipe::kLineBytesMax) std::abort();
      events.push_back(std::move(event));
    });
    for (; !bytes.empty(); pipe.drain()) {
      const ssize_t written = ::write(writing.get(), bytes.data(), std::min(piece_bytes, bytes.size()));
      if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
    }
    writing.reset();
    co_await pipe.run();
  };
  loop.run_until_done(body());
  return events;
}

}  // namespace
}  // namespace hearth::execution

// The first byte says how the rest is written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  using hearth::execution::events_of;
  if (events_of(bytes, 1 + data[0]) != events_of(bytes, 4096)) std::abort();
  return 0;
}
