#include "io/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace hearth::io {
namespace {

using namespace std::chrono_literals;

std::unexpected<Error> io_error(const char* what, int number = errno) {
  return fail("IoError", std::string(what) + ": " + std::strerror(number));
}
std::unexpected<Error> late(const char* what) {
  return fail("Timeout", std::string(what) + " took too long");
}

void set_no_delay(int fd) {
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

}  // namespace

Async<void> Stream::send_file(FileRange range, std::optional<SteadyTime> deadline) {
  Body body(std::move(range));
  while (true) {
    TRY(const std::string piece, co_await body.read());
    if (piece.empty()) co_return {};
    TRY_VOID(co_await write(piece, deadline));
  }
}

Async<size_t> SocketStream::read(std::span<char> buffer, std::optional<SteadyTime> deadline) {
  while (true) {
    const ssize_t n = ::recv(descriptor_.get(), buffer.data(), buffer.size(), 0);
    if (n >= 0) co_return static_cast<size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return io_error("read");
    if (!co_await descriptor_.readable(deadline)) co_return late("reading");
  }
}

Async<void> SocketStream::write(std::string_view bytes, std::optional<SteadyTime> deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      if (!co_await descriptor_.writable(deadline)) co_return late("writing");
    } else if (errno != EINTR) {
      co_return io_error("write");
    }
  }
  co_return {};
}

Async<void> SocketStream::send_file(FileRange range, std::optional<SteadyTime> deadline) {
  off_t offset = static_cast<off_t>(range.offset);
  while (range.size_bytes > 0) {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(range.size_bytes, 1 << 20));
    const ssize_t n = ::sendfile(descriptor_.get(), range.file.get(), &offset, count);
    if (n > 0) {
      range.size_bytes -= static_cast<uint64_t>(n);
    } else if (n == 0) {
      co_return Error{"IoError", "file is shorter than its record says"};
    } else if (errno == EAGAIN) {
      if (!co_await descriptor_.writable(deadline)) co_return late("writing");
    } else if (errno != EINTR) {
      co_return io_error("sendfile");
    }
  }
  co_return {};
}

void SocketStream::close_write() {
  ::shutdown(descriptor_.get(), SHUT_WR);
}

Result<Fd> listen_on(const Address& address) {
  TRY_SYNC(auto all, resolve_at_once(address));
  SocketAddress& resolved = all.front();
  Fd fd(::socket(resolved.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return io_error("socket");
  if (address.is_unix()) {
    ::unlink(address.path.c_str());
  } else {
    const int one = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  }
  if (::bind(fd.get(), resolved.raw(), resolved.length) != 0) {
    if (errno == EADDRINUSE) return fail("AddressInUse", address.text() + " is in use by another program");
    return io_error(("cannot listen on " + address.text()).c_str());
  }
  if (::listen(fd.get(), 4096) != 0) return io_error("listen");
  return fd;
}

Async<Fd> accept_one(Descriptor& listener) {
  while (true) {
    Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) {
      set_no_delay(fd.get());
      co_return std::move(fd);
    }
    if (errno == EAGAIN) {
      co_await listener.readable();
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log::warn("cannot accept connections: {}", std::strerror(errno));
      co_await sleep_for(100ms);
    } else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) {
      co_return io_error("accept");
    }
  }
}

namespace {

Async<Fd> connect_to_one(SocketAddress& resolved, const Address& address,
                         std::optional<SteadyTime> deadline) {
  Fd fd(::socket(resolved.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) co_return io_error("socket");
  if (!address.is_unix()) set_no_delay(fd.get());
  if (::connect(fd.get(), resolved.raw(), resolved.length) == 0) co_return std::move(fd);
  if (errno != EINPROGRESS) co_return io_error(("connect to " + address.text()).c_str());
  Descriptor descriptor(std::move(fd));
  if (!co_await descriptor.writable(deadline)) co_return late("connecting");
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(descriptor.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) co_return io_error(("connect to " + address.text()).c_str(), error);
  co_return descriptor.release();
}

}  // namespace

Async<Fd> connect_to(Address address, std::optional<SteadyTime> deadline) {
  TRY(auto resolved, co_await resolve(address, deadline));
  Result<Fd> connected;
  for (SocketAddress& one : resolved) {
    connected = co_await connect_to_one(one, address, deadline);
    if (connected) break;
  }
  co_return std::move(connected);
}

}  // namespace hearth::io
