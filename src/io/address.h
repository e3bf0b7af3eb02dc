// Where streams lead: addresses of hosts and Unix sockets, as text and as the kernel has them.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"

namespace hearth::io {

// "127.0.0.1:4566", "[::1]:4566", "localhost:4566", "unix:/path". Port 0 takes any free one.
struct Address {
  std::string host;  // empty for a Unix socket
  uint16_t port = 0;
  std::string path;

  static Result<Address> parse(std::string_view text);
  std::string text() const;
  bool is_unix() const { return !path.empty(); }
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};
// At least one; "localhost" has two where there is IPv6.
using SocketAddresses = std::vector<SocketAddress>;

// What the address is now. The first waits where a name server does; the second lets its loop go on, and its
// name's server have no longer than until the deadline. Codes: "IoError", "Timeout".
Result<SocketAddresses> resolve_at_once(const Address& address);
Async<SocketAddresses> resolve(Address address, std::optional<SteadyTime> deadline);

// What a listening socket is bound to (with its real port).
Address local_address(int fd);
std::string peer_text(int fd);

}  // namespace hearth::io
