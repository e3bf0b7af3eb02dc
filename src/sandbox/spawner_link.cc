#include "sandbox/spawner_link.h"

#include <sys/socket.h>

#include "io/loop.h"
#include "sandbox/message.h"

namespace hearth::sandbox {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryTime = 1ms;

}  // namespace

Async<void> SpawnerLink::send(std::string request, std::vector<int> descriptors) const {
  while (true) {
    // Without waiting, as all loops share this socket; it is full only in a burst of hundreds.
    auto sent = send_message(socket_.get(), request, descriptors, MSG_DONTWAIT);
    if (sent) co_return {};
    if (sent.error().code != "WouldBlock") co_return std::unexpected(std::move(sent).error());
    co_await io::sleep_for(kRetryTime);
  }
}

bool SpawnerLink::gone() const {
  return peer_gone(socket_.get());
}

}  // namespace hearth::sandbox
