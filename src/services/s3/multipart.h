// multipart/form-data as a stream: its parts one after the other, each given out as it arrives, in constant
// memory.
//
//   MultipartReader reader(std::move(body), *boundary_of(content_type));
//   TRY(auto part, co_await reader.next());   // nothing: that was all
//   TRY(auto piece, co_await reader.read());  // of the part; empty at its end
//
// Errors: "MalformedPOSTRequest", and those of the body.
#pragma once
#include <optional>
#include <string>

#include "io/body.h"

namespace hearth::services::s3 {

// Nothing when the content type is none of a form in parts.
std::optional<std::string> boundary_of(std::string_view content_type);

class MultipartReader {
 public:
  struct Part {
    std::string name;
    std::optional<std::string> filename;  // of a file: without its folders
    std::string content_type;
  };

  MultipartReader(io::Body body, std::string_view boundary);

  // What is left of the part before is skipped.
  Async<std::optional<Part>> next();
  Async<std::string> read();

 private:
  Async<void> more();  // fails at the body's end
  Async<std::string> read_line();
  Async<Part> read_head();

  io::Body body_;
  std::string delimiter_;
  std::string buffer_;
  bool at_delimiter_ = false;
  bool ended_ = false;
};

}  // namespace hearth::services::s3
