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
//   6 stream head   lines of "name: value\r\n": the result follows as a stream
//   7 stream piece  bytes of it
//   8 stream end    lines that tell of an error, if there was one, as the trailers of HTTP do
//   9 snapshot      part of the process's image; an empty one ends it
//  10 no snapshot   why the process cannot write its image, or not begin with another's
//  11 rest          its init is done, and it waits to be told to go on
//  12 SDK           its function takes the AWS SDK that was loaded ahead
// Where many are under way at once (AWS_LAMBDA_MAX_CONCURRENCY), 3 and 4 begin with the delivery's id (36
// bytes), each 2 asks for one more event, and there are no streams.
// To the runtime: 1 with a JSON object of variables; 2 with an event: length of the head (4 bytes), lines of
// "name: value\r\n", payload; 11 empty.
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
  enum class Kind : uint8_t {
    kEnvironment = 1,
    kNext,
    kResponse,
    kError,
    kInitError,
    kStreamHead,
    kStreamPiece,
    kStreamEnd,
    kSnapshot,
    kNoSnapshot,
    kRest,
    kSdk
  };
  struct Frame {
    Kind kind;
    size_t bytes;
  };
  class StreamBody;

  Async<Frame> begin_frame();
  Async<void> fill(size_t bytes);
  Async<std::string> body_of(size_t bytes);
  Async<void> skip(size_t bytes);
  Async<void> serve(Frame frame);
  std::string take_delivery(std::string& body) const;
  bool take(Kind kind, std::string body);
  Async<void> take_stream(std::string head);
  // The next piece of the stream that is under way, empty at its end.
  Async<std::string> read_piece();
  void answer(Kind kind, io::Response response);
  Task<void> write();

  io::Descriptor to_runtime_;
  io::Descriptor from_runtime_;
  RuntimeApi& api_;
  std::string incoming_;
  size_t begin_ = 0;        // of what is not yet taken of it
  bool streaming_ = false;  // a stream's end is still to come
  io::Headers trailers_;
  std::string outgoing_;
  io::TaskScope writing_;
};

}  // namespace hearth::execution
