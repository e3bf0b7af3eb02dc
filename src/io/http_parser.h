// HTTP/1.1 message framing as pure functions of bytes: heads, body framing, chunked coding. Strict where
// leniency lets two readers of one message disagree (request smuggling): no bare LF, no folded lines, no
// blanks before a colon, no message with both Content-Length and Transfer-Encoding.
//
// Our own because the parser is the larger part of a small request's cost: against Boost.Beast's it serves
// about half as many requests again a core, see bench/.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/http_message.h"

namespace hearth::io {

struct HttpLimits {
  size_t head_bytes_max = 64 * 1024;
  size_t header_count_max = 200;
};

// How the body of a message is delimited.
struct Framing {
  enum class Kind { kNone, kLength, kChunked, kUntilClose };
  Kind kind = Kind::kNone;
  uint64_t length_bytes = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  bool http_1_0 = false;
};

struct ParsedHead {
  enum class State { kIncomplete, kComplete, kBad };
  State state = State::kIncomplete;
  size_t consumed_bytes = 0;
  Framing framing;
  int status = 0;                // of the refusal, when bad
  std::string_view reason = {};  // static text
};

// Parses the head at the front of `bytes`. `out` is filled when complete.
ParsedHead parse_request_head(std::string_view bytes, const HttpLimits& limits, Request& out);
// `to_head_request` and bodiless statuses decide the framing of a response.
ParsedHead parse_response_head(std::string_view bytes, const HttpLimits& limits, bool to_head_request,
                               Response& out);

// Decodes the chunked transfer coding step by step.
class ChunkDecoder {
 public:
  enum class State { kMore, kDone, kBad };
  // Consumes from the front of `input`, appends body bytes to `output`. After kDone, `input` is what follows
  // the message.
  State decode(std::string_view& input, std::string& output);
  const Headers& trailers() const { return trailers_; }

 private:
  enum class Part { kSize, kData, kDataEnd, kTrailer };
  bool take_line(std::string_view& input);

  Part part_ = Part::kSize;
  uint64_t left_bytes_ = 0;
  std::string line_;
  bool line_done_ = false;
  size_t trailer_bytes_ = 0;
  Headers trailers_;
};

}  // namespace hearth::io
