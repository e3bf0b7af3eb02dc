#include "sandbox/message.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "sandbox/failure.h"

namespace hearth::sandbox {

Writer& Writer::number(uint64_t value) {
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  return *this;
}

Writer& Writer::text(std::string_view value) {
  number(value.size());
  bytes_.append(value);
  return *this;
}

Writer& Writer::texts(const std::vector<std::string>& values) {
  number(values.size());
  for (const auto& value : values) text(value);
  return *this;
}

Writer& Writer::binds(const std::vector<Bind>& binds) {
  number(binds.size());
  for (const auto& bind : binds) text(bind.source).text(bind.target);
  return *this;
}

Writer& Writer::spec(const Spec& spec) {
  text(spec.name).text(spec.hostname);
  const auto& limits = spec.limits;
  number(limits.memory_bytes).number(limits.cpu_millicores).number(limits.processes_max);
  number(limits.tmp_bytes).number(limits.open_files_max);
  binds(spec.binds).texts(spec.mount_points);
  number(spec.listen_ports.size());
  for (const auto port : spec.listen_ports) number(port);
  return texts(spec.local_names);
}

Writer& Writer::command(const Command& command) {
  return texts(command.argv)
      .texts(command.environment)
      .text(command.directory)
      .number(command.piped)
      .number(command.forked);
}

Kind Reader::kind() {
  if (rest_.empty()) {
    ok_ = false;
    return Kind::kHello;
  }
  const auto kind = static_cast<Kind>(rest_.front());
  rest_.remove_prefix(1);
  return kind;
}

uint64_t Reader::number() {
  uint64_t value = 0;
  if (rest_.size() < sizeof value) {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::memcpy(&value, rest_.data(), sizeof value);
  rest_.remove_prefix(sizeof value);
  return value;
}

std::string Reader::text() {
  const uint64_t size = number();
  if (size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  std::string value(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return value;
}

std::vector<std::string> Reader::texts() {
  std::vector<std::string> values;
  for (uint64_t left = number(); left > 0 && ok_; --left) values.push_back(text());
  return values;
}

std::vector<Bind> Reader::binds() {
  std::vector<Bind> binds;
  for (uint64_t left = number(); left > 0 && ok_; --left) {
    Bind bind;
    bind.source = text();
    bind.target = text();
    binds.push_back(std::move(bind));
  }
  return binds;
}

Spec Reader::spec() {
  Spec spec;
  spec.name = text();
  spec.hostname = text();
  spec.limits.memory_bytes = number();
  spec.limits.cpu_millicores = static_cast<uint32_t>(number());
  spec.limits.processes_max = static_cast<uint32_t>(number());
  spec.limits.tmp_bytes = number();
  spec.limits.open_files_max = static_cast<uint32_t>(number());
  spec.binds = binds();
  spec.mount_points = texts();
  for (uint64_t left = number(); left > 0 && ok_; --left) {
    spec.listen_ports.push_back(static_cast<uint16_t>(number()));
  }
  spec.local_names = texts();
  return spec;
}

Command Reader::command() {
  Command command;
  command.argv = texts();
  command.environment = texts();
  command.directory = text();
  command.piped = number() != 0;
  command.forked = number() != 0;
  return command;
}

Status send_message(int socket, std::string_view bytes, const std::vector<int>& descriptors, int flags) {
  if (bytes.size() > kMessageBytesMax)
    return failed("a message of " + std::to_string(bytes.size()) + " bytes is too long");
  if (descriptors.size() > kMessageDescriptorsMax) return failed("too many descriptors in one message");
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMessageDescriptorsMax)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL | flags) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return fail("WouldBlock", "the socket is full");
    return failed_step("send a message");
  }
  return {};
}

Result<Received> receive_message(int socket, int flags) {
  // Most are small: room for the largest, made and cleared each time, would cost more than all else here.
  static thread_local std::vector<char> room(kMessageBytesMax);
  Received received;
  iovec part{room.data(), room.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMessageDescriptorsMax)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = 0;
  while ((size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags)) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return fail("WouldBlock", "no message yet");
    if (errno == ECONNRESET) {
      size = 0;
      break;
    }
    return failed_step("receive a message");
  }
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; ++index) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
      received.descriptors.emplace_back(descriptor);
    }
  }
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return failed("a message was cut");
  received.bytes.assign(room.data(), static_cast<size_t>(size));
  return received;
}

bool peer_gone(int socket, int timeout_ms) {
  pollfd wait{.fd = socket, .events = 0};
  return ::poll(&wait, 1, timeout_ms) > 0;
}

Result<std::pair<Fd, Fd>> message_sockets() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return failed_step("make a socket pair");
  std::pair<Fd, Fd> sockets{Fd(pair[0]), Fd(pair[1])};
  for (const int socket : pair) {
    const int size = 2 * static_cast<int>(kMessageBytesMax);
    // The forced form needs privileges; without them the default (some 200 KiB) is enough as well.
    if (::setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0) {
      ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
  }
  return sockets;
}

}  // namespace hearth::sandbox
