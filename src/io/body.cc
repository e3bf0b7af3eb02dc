#include "io/body.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hearth::io {
namespace {

constexpr size_t kFilePieceBytes = 256 * 1024;

Result<std::string> read_file(FileRange& range) {
  std::string piece(std::min<uint64_t>(range.size_bytes, kFilePieceBytes), '\0');
  size_t filled = 0;
  while (filled < piece.size()) {
    const ssize_t n = ::pread(range.file.get(), piece.data() + filled, piece.size() - filled,
                              static_cast<off_t>(range.offset + filled));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("IoError", std::string("read: ") + std::strerror(errno));
    if (n == 0) return fail("IoError", "file is shorter than its record says");
    filled += static_cast<size_t>(n);
  }
  range.offset += filled;
  range.size_bytes -= filled;
  return piece;
}

}  // namespace

Async<std::optional<FileRange>> BodySource::take_file() {
  co_return std::nullopt;
}

std::optional<uint64_t> Body::size_bytes() const {
  if (const auto* bytes = std::get_if<std::string>(&content_)) return bytes->size();
  if (const auto* range = std::get_if<FileRange>(&content_)) return range->size_bytes;
  const auto& source = std::get<std::unique_ptr<BodySource>>(content_);
  return source ? source->remaining_bytes() : 0;
}

Async<std::string> Body::read() {
  if (auto* bytes = std::get_if<std::string>(&content_)) co_return std::exchange(*bytes, {});
  if (auto* range = std::get_if<FileRange>(&content_)) co_return read_file(*range);
  auto& source = std::get<std::unique_ptr<BodySource>>(content_);
  if (!source) co_return std::string{};
  co_return co_await source->read();
}

Async<std::optional<FileRange>> Body::take_file() {
  if (auto* range = std::get_if<FileRange>(&content_)) {
    if (range->size_bytes == 0) co_return std::nullopt;
    co_return std::exchange(*range, {});
  }
  auto* source = std::get_if<std::unique_ptr<BodySource>>(&content_);
  if (!source || !*source) co_return std::nullopt;
  co_return co_await (*source)->take_file();
}

const Headers* Body::trailers() const {
  const auto* source = std::get_if<std::unique_ptr<BodySource>>(&content_);
  return source && *source ? (*source)->trailers() : nullptr;
}

Async<std::string> Body::read_all(uint64_t limit_bytes) {
  const std::optional<uint64_t> size = size_bytes();
  if (size && *size > limit_bytes)
    co_return Error{"BodyTooLarge", "body of " + std::to_string(*size) + " bytes"};
  TRY(std::string all, co_await read());
  if (size && *size > all.size()) all.reserve(*size);
  while (!all.empty()) {
    if (all.size() > limit_bytes)
      co_return Error{"BodyTooLarge", "body exceeds " + std::to_string(limit_bytes)};
    TRY(const std::string piece, co_await read());
    if (piece.empty()) break;
    all += piece;
  }
  co_return all;
}

}  // namespace hearth::io
