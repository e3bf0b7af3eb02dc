// The body of a message: bytes at hand, a range of a file (sent without copying where the kernel can), or a
// stream of unknown or known length. Moves, never copies; is read once.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/fd.h"
#include "base/task.h"

namespace hearth::io {

class Headers;

struct FileRange {
  Fd file;
  uint64_t offset = 0;
  uint64_t size_bytes = 0;
};

// A stream of bytes with back-pressure: the producer makes the next piece when it is asked for.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // The next piece; empty at the end, and from then on.
  virtual Async<std::string> read() = 0;
  // What comes next, where that is part of a file: it counts as read. Nothing where it must be read.
  virtual Async<std::optional<FileRange>> take_file();
  // Bytes still to come, where that is known in advance.
  virtual std::optional<uint64_t> remaining_bytes() const { return std::nullopt; }
  // Fields that came behind the last byte, once that was read; null where there can be none.
  virtual const Headers* trailers() const { return nullptr; }
};

class Body {
 public:
  Body() = default;
  Body(std::string bytes) : content_(std::move(bytes)) {}                    // NOLINT: a string is a body
  Body(FileRange range) : content_(std::move(range)) {}                      // NOLINT
  Body(std::unique_ptr<BodySource> source) : content_(std::move(source)) {}  // NOLINT

  std::optional<uint64_t> size_bytes() const;
  bool empty() const { return size_bytes() == 0; }
  // The bytes, when they are at hand already; null otherwise.
  const std::string* bytes() const { return std::get_if<std::string>(&content_); }

  // Next piece, empty at the end.
  Async<std::string> read();
  Async<std::optional<FileRange>> take_file();  // see BodySource
  const Headers* trailers() const;              // see BodySource
  // The whole of what is left. Fails with code "BodyTooLarge" beyond `limit_bytes`, having kept at most that
  // much in memory.
  Async<std::string> read_all(uint64_t limit_bytes);

 private:
  std::variant<std::string, FileRange, std::unique_ptr<BodySource>> content_;
};

}  // namespace hearth::io
