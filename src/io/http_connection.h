// The reading half of an HTTP/1.1 connection, shared by server and client: buffered bytes, and the body of
// the message that is being read.
#pragma once
#include <memory>
#include <string>

#include "io/http_parser.h"
#include "io/stream.h"

namespace hearth::io {

class HttpReader {
 public:
  HttpReader(Stream& stream, std::chrono::nanoseconds body_timeout)
      : stream_(stream), body_timeout_(body_timeout) {}

  // Reads more bytes behind those at hand; false at the end of the stream.
  Async<bool> fill(std::optional<SteadyTime> deadline);
  std::string_view buffered() const { return std::string_view(buffer_).substr(begin_); }
  void consume(size_t count);

  // Prepares for the body of the message whose head was just consumed. `before_first_read` is written to the
  // peer when the body is asked for before it has begun to arrive ("100 Continue").
  void begin_body(const Framing& framing, std::string_view before_first_read);
  bool body_done() const { return kind_ == Framing::Kind::kNone; }
  // The peer still waits for our 100 Continue: nothing of the body will arrive.
  bool continue_pending() const { return !before_first_read_.empty(); }
  std::optional<uint64_t> body_left_bytes() const;
  // The next piece; empty at the end. Codes "IoError", "Timeout", "TruncatedBody", "BadChunk".
  Async<std::string> read_body();
  // Reads and drops what is left of the body; false when that is more than `bytes_max`, or fails.
  Task<bool> skip_body(uint64_t bytes_max);
  const Headers& trailers() const { return chunks_.trailers(); }

  // The body as a message's body; bytes that have all arrived come as bytes. The reader must outlive it.
  Body take_body();

 private:
  Async<std::string> read_chunked();

  Stream& stream_;
  std::chrono::nanoseconds body_timeout_;
  std::string buffer_;
  size_t begin_ = 0;
  Framing::Kind kind_ = Framing::Kind::kNone;
  uint64_t left_bytes_ = 0;
  bool broken_ = false;  // where the message ends is no longer known
  ChunkDecoder chunks_;
  std::string_view before_first_read_;
};

// Text of a head, with framing fields fitting the body. `chunked` tells the caller how to send the body.
struct OutgoingHead {
  std::string text;
  bool chunked = false;
};
OutgoingHead response_head(const Response& response, bool keep_alive, bool http_1_0, std::string_view date);
OutgoingHead request_head(const Request& request);

// Sends a body behind its head. The head's text is sent together with small bodies.
Async<void> send_message(Stream& stream, OutgoingHead head, Body body, bool without_body,
                         std::chrono::nanoseconds write_timeout);

}  // namespace hearth::io
