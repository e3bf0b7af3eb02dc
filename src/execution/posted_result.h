// What a runtime posts as the result of an invoke, read from its request: what the environment is told of it
// and what the runtime is answered.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "execution/response_stream.h"
#include "execution/runtime_event.h"
#include "io/http_message.h"

namespace hearth::execution {

inline constexpr uint64_t kResponseBytesMax = 6 * 1024 * 1024 + 100;
// Of a response that is handed on as it arrives.
inline constexpr uint64_t kStreamedBytesMax = uint64_t{200} << 20;

struct PostedResult {
  RuntimeEvent event;
  io::Response answer;
};

bool streams(const io::Request& request);
// Why a response whose form is unknown is not read.
std::optional<io::Response> refuse_response_mode(const io::Request& request);

// A response as a whole, and the description of an error.
Task<PostedResult> take_response(io::Request request);
Task<PostedResult> take_error(io::Request request);
// Gives the body to the caller as it arrives. The runtime waits while the caller is slow; when it has gone,
// the rest is dropped and the function runs on. Nothing once it is not `wanted` any more.
Task<std::optional<PostedResult>> hand_on_response(io::Request request, ResponseStream stream,
                                                   std::function<bool()> wanted);

// "(Runtime|Function).Name" or what stands for an unknown one.
std::string checked_error_type(std::string_view type);

}  // namespace hearth::execution
