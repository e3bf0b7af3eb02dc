// Pipe: bytes on their way from a writer on one loop to a reader on another, with a bound on what lies
// between: the writer waits while the pipe is full. A reader that goes away does not stop the writer, whose
// bytes are then dropped; how what was written came to its end is for others to say.
//
//   auto [writer, source] = make_pipe(256 * 1024);
//   ... co_await writer.write(piece); writer.close();       // one loop
//   ... co_await source->read();                            // another
//
// Threads: each end on one loop, close() on any. One write and one read may be under way at a time.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "io/body.h"

namespace hearth::io {

class PipeWriter {
 public:
  // Done when there is room for more; false when nobody will read it: the pipe was closed, or its reader
  // has gone.
  Task<bool> write(std::string piece) const;
  // The reader finds the end behind what was written; a write that waits is let go. May be called twice.
  void close() const;

 private:
  friend class PipeReader;
  friend std::pair<PipeWriter, std::unique_ptr<BodySource>> make_pipe(size_t bytes_max);
  struct State;
  explicit PipeWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;  // shared by both ends, which live on different loops
};

// The writer waits when `bytes_max` or more lie in the pipe. A piece larger than that passes whole.
std::pair<PipeWriter, std::unique_ptr<BodySource>> make_pipe(size_t bytes_max);

}  // namespace hearth::io
