// Byte streams: TCP and Unix sockets, plain or under TLS, and the sockets they are accepted on.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/task.h"
#include "io/address.h"
#include "io/body.h"
#include "io/loop.h"

namespace hearth::io {

// One direction each may be under way at a time. Errors have the code "IoError" ("Timeout" for a deadline).
class Stream {
 public:
  virtual ~Stream() = default;
  // Bytes read; 0 at the end of the stream.
  virtual Async<size_t> read(std::span<char> buffer, std::optional<SteadyTime> deadline) = 0;
  // Writes all. The bytes must stay until the task is done.
  virtual Async<void> write(std::string_view bytes, std::optional<SteadyTime> deadline) = 0;
  // Sends a range of a file, within the kernel where that is possible.
  virtual Async<void> send_file(FileRange range, std::optional<SteadyTime> deadline);
  // Says that no more will be written.
  virtual void close_write() = 0;
  virtual bool encrypted() const { return false; }
};

class SocketStream final : public Stream {
 public:
  explicit SocketStream(Fd fd) : descriptor_(std::move(fd)) {}
  Async<size_t> read(std::span<char> buffer, std::optional<SteadyTime> deadline) override;
  Async<void> write(std::string_view bytes, std::optional<SteadyTime> deadline) override;
  Async<void> send_file(FileRange range, std::optional<SteadyTime> deadline) override;
  void close_write() override;
  Descriptor& descriptor() { return descriptor_; }

 private:
  Descriptor descriptor_;
};

// A listening, non-blocking socket. Codes: "AddressInUse", "IoError".
Result<Fd> listen_on(const Address& address);
// The next connection. Never fails for a connection that went away; waits when descriptors have run out.
Async<Fd> accept_one(Descriptor& listener);
Async<Fd> connect_to(Address address, std::optional<SteadyTime> deadline);

}  // namespace hearth::io
