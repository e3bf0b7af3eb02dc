// Messages between the server, the spawner and the init of each sandbox: one datagram of a SOCK_SEQPACKET
// socket with descriptors attached. Both ends are the same binary, so the form needs no versions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

constexpr size_t kMessageBytesMax = 160 << 10;
constexpr size_t kMessageDescriptorsMax = 64;

enum class Kind : uint8_t {
  kSpawner,  // supervisor to server: process id; with the socket to that spawner
  kHello,    // spawner or zygote to server: error text or empty, warnings
  kZygote,   // server to spawner: which zygote to start; with the other end of a socket to it
  kPlan,     // spawner to zygote: LoopPlan; with the host's mount namespace and the ways to the workers
  kDisk,     // worker to whoever makes a sandbox: with a disk for its /tmp; and back: it was taken
  kUnmount,  // spawner to worker: with a mount namespace to be unmounted
  kCreate,   // server to spawner: Spec; with the control socket's other end
  kOwner,    // spawner to the init of a spare sandbox: with the control socket's other end
  kReady,    // init to server: slot, count of listeners, cgroup version, set of its files; with all of them
  kFailed,   // init or spawner to server, instead of kReady: error text
  kStart,    // server to init: question, Command; with stdout and stderr, and two more when it is piped
  kSignal,   // server to init: question, process, signal
  kKill,     // server to init: question
  kSocket,   // server to init: question; its answer comes with a socket
  kBind,     // server to spawner: slot, question, root, binds, size of /tmp
  kAnswer,  // init or spawner to server: question, error text or empty; with a socket where one was asked for
  kExited,  // init to server: process, code, signal
};

class Writer {
 public:
  explicit Writer(Kind kind) { bytes_.push_back(static_cast<char>(kind)); }
  Writer& number(uint64_t value);
  Writer& text(std::string_view value);
  Writer& texts(const std::vector<std::string>& values);
  Writer& binds(const std::vector<Bind>& binds);
  Writer& spec(const Spec& spec);
  Writer& command(const Command& command);
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads in the order of writing. After the end or a bad length everything is empty and ok() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  Kind kind();
  uint64_t number();
  std::string text();
  std::vector<std::string> texts();
  std::vector<Bind> binds();
  Spec spec();
  Command command();
  bool ok() const { return ok_; }

 private:
  bool ok_ = true;
  std::string_view rest_;
};

struct Received {
  std::string bytes;  // empty when the other end is gone
  std::vector<Fd> descriptors;
};

// Fail with "SandboxFailed"; "WouldBlock" when a non-blocking socket is full or empty. `flags` are
// those of sendmsg and recvmsg.
Status send_message(int socket, std::string_view bytes, const std::vector<int>& descriptors = {},
                    int flags = 0);
Result<Received> receive_message(int socket, int flags = 0);

// Whether the other end is closed, or is within this time.
bool peer_gone(int socket, int timeout_ms = 0);

// A connected pair with room for the largest message.
Result<std::pair<Fd, Fd>> message_sockets();

}  // namespace hearth::sandbox
