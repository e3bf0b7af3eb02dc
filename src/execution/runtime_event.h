// What the environment learns of what runs in its sandbox.
#pragma once
#include <cstdint>
#include <string>

namespace hearth::execution {

struct RuntimeEvent {
  enum class Kind {
    kWaiting,    // a runtime that was started ahead is loaded and waits for what it is to be
    kNext,       // the runtime and all extensions wait for an event: init is done, or the invoke is
    kResponse,   // body is the function's result
    kError,      // body describes the function's error
    kTooLarge,   // the result was beyond the limit
    kTruncated,  // the result broke off
    kInitError,
    kSnapshot,         // the process has written itself down
    kNoSnapshot,       // it cannot do that, or not begin with a snapshot; body says why
    kResting,          // the process has run its init and waits to be an environment's
    kExited,           // from the environment: the process is gone
    kRuntimeWaits,     // the runtime alone waits for an event; kNext follows
    kRegistered,       // all extensions that were started have registered
    kExtensionFailed,  // body says how
  };
  Kind kind;
  std::string body = {};
  std::string error_type = {};
  std::string content_type = {};
  uint64_t bytes_max = 0;  // the limit that was exceeded
};

}  // namespace hearth::execution
