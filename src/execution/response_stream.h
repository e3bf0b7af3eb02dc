// The way of a response that is handed on as it arrives: from the runtime that writes it, on the
// environment's loop, to the caller that reads it on another.
//
//   StreamedResponse mine = stream_response();
//   invocation.stream = mine.writing;
//   ... the invoke begins ...
//   if (const auto begun = co_await mine.begun) ... read mine.bytes to its end ...
//   // How the invoke ended is its Outcome's matter, whether or not anything was streamed.
//
// Threads: the reading part on the caller's loop, the writing part on any.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "io/future.h"
#include "io/pipe.h"

namespace hearth::execution {

// What is known when the first byte is not there yet.
struct ResponseHead {
  std::string content_type;
};

// The environment's side. Copies are the same stream.
struct ResponseStream {
  io::Promise<std::optional<ResponseHead>> begun;
  io::PipeWriter bytes;

  // Nothing more will come; if nothing has begun, nothing will.
  void end() const {
    begun.set(std::nullopt);
    bytes.close();
  }
};

// The caller's side.
struct StreamedResponse {
  ResponseStream writing;
  // Nothing when the invoke ended without a stream: its result, if it has one, is the outcome's payload.
  io::Future<std::optional<ResponseHead>> begun;
  std::unique_ptr<io::BodySource> bytes;
};

// What lies between a function and a caller that reads more slowly than it writes.
inline constexpr size_t kStreamBufferBytes = 256 * 1024;

inline StreamedResponse stream_response() {
  auto [writer, source] = io::make_pipe(kStreamBufferBytes);
  io::Future<std::optional<ResponseHead>> begun;
  ResponseStream writing{.begun = begun.promise(), .bytes = std::move(writer)};
  return {.writing = std::move(writing), .begun = std::move(begun), .bytes = std::move(source)};
}

}  // namespace hearth::execution
