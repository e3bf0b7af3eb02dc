#include "io/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <thread>

#include "io/future.h"
#include "io/timeout.h"

namespace hearth::io {
namespace {

// Each has a thread as long as its name server lets it wait.
constexpr int kLookupsMax = 64;

Result<SocketAddresses> of_path(const Address& address) {
  SocketAddress resolved;
  auto& un = reinterpret_cast<sockaddr_un&>(resolved.storage);
  un.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof un.sun_path)
    return fail("IoError", "path of the Unix socket is too long");
  std::memcpy(un.sun_path, address.path.data(), address.path.size());
  resolved.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.path.size() + 1);
  return SocketAddresses{resolved};
}

// `flags`: of getaddrinfo.
Result<SocketAddresses> of_host(const Address& address, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return fail("IoError", "cannot resolve " + address.host + ": " + ::gai_strerror(error));
  SocketAddresses all;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress& resolved = all.emplace_back();
    std::memcpy(&resolved.storage, one->ai_addr, one->ai_addrlen);
    resolved.length = one->ai_addrlen;
  }
  ::freeaddrinfo(found);
  return all;
}

// A thread that nobody waits for any more ends when its name server has answered or the C library gives up.
Async<SocketAddresses> look_up(Address address) {
  static std::atomic<int> under_way = 0;
  if (under_way.fetch_add(1) >= kLookupsMax) {
    --under_way;
    co_return fail("IoError", "too many names are being looked up");
  }
  Future<Result<SocketAddresses>> found;
  std::thread([address = std::move(address), promise = found.promise()] {
    promise.set(of_host(address, 0));
    --under_way;
  }).detach();
  co_return co_await found;
}

Address from_sockaddr(const sockaddr_storage& storage) {
  Address address;
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    address.port = ntohs(in.sin_port);
    address.host = text;
  } else if (storage.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
    address.port = ntohs(in.sin6_port);
    address.host = text;
  } else {
    address.path = reinterpret_cast<const sockaddr_un&>(storage).sun_path;
  }
  return address;
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  Address address;
  if (text.starts_with("unix:")) {
    address.path = text.substr(5);
    if (address.path.empty()) return fail("InvalidAddress", "an address unix:PATH needs a path");
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return fail("InvalidAddress", "expected HOST:PORT, got " + std::string(text));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size() || host.empty()) {
    return fail("InvalidAddress", "expected HOST:PORT, got " + std::string(text));
  }
  address.host = host;
  return address;
}

std::string Address::text() const {
  if (is_unix()) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<SocketAddresses> resolve_at_once(const Address& address) {
  return address.is_unix() ? of_path(address) : of_host(address, 0);
}

Async<SocketAddresses> resolve(Address address, std::optional<SteadyTime> deadline) {
  if (address.is_unix()) co_return of_path(address);
  if (auto numeric = of_host(address, AI_NUMERICHOST)) co_return numeric;
  if (!deadline) co_return co_await look_up(std::move(address));
  const std::string host = address.host;
  auto found = co_await with_timeout(look_up(std::move(address)), *deadline - Loop::here().now());
  if (!found) co_return fail("Timeout", "looking up " + host + " took too long");
  co_return *std::move(found);
}

Address local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return from_sockaddr(storage);
}

std::string peer_text(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  return storage.ss_family == AF_UNIX ? "unix" : from_sockaddr(storage).text();
}

}  // namespace hearth::io
