// The Lambda Runtime API (2018-06-01) of one environment: a small HTTP interface through which the runtime
// asks for events and posts results. This is its state machine; what it learns goes to the environment as
// events.
//
// Threads: the environment's loop.
#pragma once
#include <string>

#include "io/channel.h"
#include "io/http_message.h"

namespace hearth::execution {

struct RuntimeEvent {
  enum class Kind {
    kNext,       // the runtime waits for an event: init is done, or the invoke is
    kResponse,   // body is the function's result
    kError,      // body describes the function's error
    kTooLarge,   // the result was beyond the limit
    kTruncated,  // the result broke off
    kInitError,
    kExited,  // from the environment: the process is gone
  };
  Kind kind;
  std::string body = {};
  std::string error_type = {};
};

class RuntimeApi {
 public:
  static constexpr uint64_t kResponseBytesMax = 6 * 1024 * 1024 + 100;

  explicit RuntimeApi(io::Channel<RuntimeEvent>& events) : events_(events) {}
  RuntimeApi(const RuntimeApi&) = delete;

  Task<io::Response> handle(io::Request request);

  // A new runtime process begins; a request that the last one left waiting is let go.
  void reset();
  // REQUIRES that the runtime waits (kNext). `head` holds the Lambda-Runtime-* fields.
  void deliver(std::string request_id, io::Headers head, std::string payload);

 private:
  enum class State { kInit, kReady, kRunning, kResponded, kInitFailed };

  struct Parking;
  Task<io::Response> next();
  Task<io::Response> response(std::string id, io::Request request);
  Task<io::Response> error(std::string id, io::Request request);
  Task<io::Response> init_error(io::Request request);
  std::optional<io::Response> refuse_result(std::string_view id, std::string_view wanted) const;
  io::Response wrong_state(std::string_view wanted) const;

  io::Channel<RuntimeEvent>& events_;
  State state_ = State::kInit;
  std::string request_id_;
  uint64_t generation_ = 0;    // of the process that may speak
  Parking* parked_ = nullptr;  // the request for the next event that waits
};

}  // namespace hearth::execution
