// RuntimePipe: the Runtime API for our own runtimes, as frames on a pair of pipes: a third of what HTTP over
// loopback costs a call. What is said and when is the Runtime API's (runtime_api.h); this is another form of
// it.
//
// A frame is a length (4 bytes, little-endian), a kind (1 byte), and so many bytes. From the runtime:
//   1 environment   asks what it is to be
//   2 next          asks for an event
//   3 response      the result
//   4 error         length of the type (2 bytes), type, document
//   5 init error    the same
// To the runtime: 1 with a JSON object of variables; 2 with an event: length of the head (4 bytes), lines of
// "name: value\r\n", payload.
//
// Threads: one loop.
#pragma once
#include <string>

#include "execution/runtime_api.h"
#include "io/loop.h"
#include "io/task_scope.h"

namespace hearth::execution {

class RuntimePipe {
 public:
  RuntimePipe(Fd to_runtime, Fd from_runtime, RuntimeApi& api);
  RuntimePipe(const RuntimePipe&) = delete;

  // Until the runtime's end of the pipe is closed, or it says what no runtime of ours says. Run it in a scope
  // that ends before this.
  Task<void> run();

 private:
  enum class Kind : uint8_t { kEnvironment = 1, kNext, kResponse, kError, kInitError };

  Async<void> fill(size_t bytes);
  Async<void> skip(size_t bytes);
  Async<void> serve(Kind kind, size_t bytes);
  bool take(Kind kind, std::string body);
  void answer(Kind kind, io::Response response);
  Task<void> write();

  io::Descriptor to_runtime_;
  io::Descriptor from_runtime_;
  RuntimeApi& api_;
  std::string incoming_;
  std::string outgoing_;
  io::TaskScope writing_;
};

}  // namespace hearth::execution
