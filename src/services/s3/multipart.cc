#include "services/s3/multipart.h"

#include "base/encoding.h"
#include "base/text.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kLineBytesMax = 8192;
constexpr size_t kHeadLinesMax = 32;
constexpr size_t kBoundaryMax = 70;  // RFC 2046

Error malformed() {
  return {.code = "MalformedPOSTRequest",
          .message = "The body of your POST request is not well-formed multipart/form-data.",
          .status = 400};
}

// A quoted string from behind its first quote; takes it from `rest`.
std::string unquoted(std::string_view& rest) {
  std::string value;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    const bool escaped = rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '"';
    if (escaped) ++i;
    value += rest[i];
  }
  rest = {};
  return value;
}

// A parameter of a header's value, `kind; name=value; name="value"`.
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
  std::string_view rest = header;
  while (true) {
    const size_t semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return std::nullopt;
    rest = trimmed(rest.substr(semicolon + 1));
    const size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trimmed(rest.substr(0, equals));
    rest = trimmed(rest.substr(equals + 1));
    std::string value;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      value = unquoted(rest);
    } else {
      const std::string_view plain = rest.substr(0, rest.find(';'));
      rest.remove_prefix(plain.size());
      value = trimmed(plain);
    }
    if (iequals(name, wanted)) return value;
  }
}

bool is_kind(std::string_view header, std::string_view kind) {
  return iequals(trimmed(header.substr(0, header.find(';'))), kind);
}

}  // namespace

std::optional<std::string> boundary_of(std::string_view content_type) {
  if (!is_kind(content_type, "multipart/form-data")) return std::nullopt;
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax) return std::nullopt;
  return boundary;
}

// The first delimiter has no line before it where nothing precedes it.
MultipartReader::MultipartReader(io::Body body, std::string_view boundary)
    : body_(std::move(body)), delimiter_("\r\n--" + std::string(boundary)), buffer_("\r\n") {}

Async<void> MultipartReader::more() {
  TRY(const std::string piece, co_await body_.read());
  if (piece.empty()) co_return malformed();
  buffer_ += piece;
  co_return {};
}

Async<std::string> MultipartReader::read() {
  if (at_delimiter_ || ended_) co_return std::string();
  while (true) {
    const size_t found = buffer_.find(delimiter_);
    at_delimiter_ = found == 0;
    if (found == 0) co_return std::string();
    // What may be a delimiter's beginning stays.
    const size_t safe =
        found != std::string::npos ? found : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
    if (safe > 0) {
      std::string piece = buffer_.substr(0, safe);
      buffer_.erase(0, safe);
      co_return std::move(piece);
    }
    TRY_VOID(co_await more());
  }
}

Async<std::string> MultipartReader::read_line() {
  while (true) {
    const size_t end = buffer_.find("\r\n");
    if (std::min(end, buffer_.size()) > kLineBytesMax) co_return malformed();
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      co_return std::move(line);
    }
    TRY_VOID(co_await more());
  }
}

Async<MultipartReader::Part> MultipartReader::read_head() {
  Part part;
  bool named = false;
  for (size_t lines = 0; lines < kHeadLinesMax; ++lines) {
    TRY(const std::string line, co_await read_line());
    if (line.empty()) {
      if (!named) co_return malformed();
      co_return std::move(part);
    }
    const std::string_view text = line;
    const std::string_view name = text.substr(0, text.find(':'));
    if (name.size() == text.size()) co_return malformed();
    const std::string_view value = trimmed(text.substr(name.size() + 1));
    if (iequals(name, "content-type")) part.content_type = value;
    if (!iequals(name, "content-disposition")) continue;
    auto field = parameter(value, "name");
    if (!is_kind(value, "form-data") || !field) co_return malformed();
    part.name = *std::move(field);
    part.filename = parameter(value, "filename");
    if (part.filename) part.filename->erase(0, part.filename->find_last_of("/\\") + 1);
    named = true;
  }
  co_return malformed();
}

Async<std::optional<MultipartReader::Part>> MultipartReader::next() {
  while (!at_delimiter_ && !ended_) TRY_VOID(co_await read());
  if (ended_) co_return std::optional<Part>();
  while (buffer_.size() < delimiter_.size() + 2) TRY_VOID(co_await more());
  buffer_.erase(0, delimiter_.size());
  at_delimiter_ = false;
  if (buffer_.starts_with("--")) {
    ended_ = true;
    co_return std::optional<Part>();
  }
  TRY(const std::string padding, co_await read_line());
  if (!trimmed(padding).empty()) co_return malformed();
  TRY(Part part, co_await read_head());
  co_return std::optional(std::move(part));
}

}  // namespace hearth::services::s3
