#include "io/http_connection.h"

#include <cstdio>

namespace hearth::io {
namespace {

// Held by every connection that waits for its next request, so the first read is a small one.
constexpr size_t kFirstReadBytes = 4 * 1024;
constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kBodyPieceBytes = 256 * 1024;
constexpr size_t kJoinBytes = 64 * 1024;  // bodies up to this size leave in one call with their head

class ReaderBody final : public BodySource {
 public:
  explicit ReaderBody(HttpReader& reader) : reader_(reader) {}
  Async<std::string> read() override { return reader_.read_body(); }
  std::optional<uint64_t> remaining_bytes() const override { return reader_.body_left_bytes(); }
  const Headers* trailers() const override { return &reader_.trailers(); }

 private:
  HttpReader& reader_;
};

void append_fields(std::string& text, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    text += name;
    text += ": ";
    // A field value that came from user data must not end the line.
    for (const char c : value) text += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    text += "\r\n";
  }
}

}  // namespace

Async<bool> HttpReader::fill(std::optional<SteadyTime> deadline) {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  const size_t old = buffer_.size();
  buffer_.resize(old + (old == 0 ? kFirstReadBytes : kReadBytes));
  auto n = co_await stream_.read(std::span(buffer_).subspan(old), deadline);
  buffer_.resize(old + (n ? *n : 0));
  if (!n) co_return std::move(n).error();
  co_return *n > 0;
}

void HttpReader::consume(size_t count) {
  begin_ += count;
  if (begin_ == buffer_.size()) {
    std::string().swap(buffer_);  // who waits long for an answer keeps no memory for the next request
    begin_ = 0;
  }
}

void HttpReader::begin_body(const Framing& framing, std::string_view before_first_read) {
  kind_ = framing.kind;
  left_bytes_ = framing.length_bytes;
  chunks_ = {};
  before_first_read_ =
      framing.expects_continue && !body_done() && buffered().empty() ? before_first_read : std::string_view{};
}

std::optional<uint64_t> HttpReader::body_left_bytes() const {
  if (kind_ == Framing::Kind::kNone) return 0;
  if (kind_ == Framing::Kind::kLength) return left_bytes_;
  return std::nullopt;
}

Async<std::string> HttpReader::read_body() {
  if (kind_ == Framing::Kind::kNone) co_return std::string{};
  if (!before_first_read_.empty()) {
    const std::string_view text = std::exchange(before_first_read_, {});
    TRY_VOID(co_await stream_.write(text, Loop::here().now() + body_timeout_));
  }
  if (kind_ == Framing::Kind::kChunked) co_return co_await read_chunked();
  std::string piece;
  if (!buffered().empty()) {
    const size_t count = kind_ == Framing::Kind::kLength
                             ? static_cast<size_t>(std::min<uint64_t>(left_bytes_, buffered().size()))
                             : buffered().size();
    piece = buffered().substr(0, count);
    consume(count);
  } else {
    const size_t room = kind_ == Framing::Kind::kLength
                            ? static_cast<size_t>(std::min<uint64_t>(left_bytes_, kBodyPieceBytes))
                            : kBodyPieceBytes;
    piece.resize_and_overwrite(room, [](char*, size_t size) { return size; });  // written by the read
    const auto count = co_await stream_.read(piece, Loop::here().now() + body_timeout_);
    if (!count) {
      broken_ = true;  // nobody waits for the rest once more
      co_return count.error();
    }
    piece.resize(*count);
  }
  if (kind_ == Framing::Kind::kLength) {
    if (piece.empty()) co_return Error{"TruncatedBody", "the connection ended inside the body"};
    left_bytes_ -= piece.size();
    if (left_bytes_ == 0) kind_ = Framing::Kind::kNone;
  } else if (piece.empty()) {
    kind_ = Framing::Kind::kNone;
  }
  co_return std::move(piece);
}

Async<std::string> HttpReader::read_chunked() {
  std::string piece;
  while (true) {
    std::string_view input = buffered();
    const size_t before = input.size();
    const ChunkDecoder::State state = chunks_.decode(input, piece);
    consume(before - input.size());
    if (state == ChunkDecoder::State::kBad) {
      broken_ = true;
      co_return Error{"BadChunk", "malformed chunked body"};
    }
    if (state == ChunkDecoder::State::kDone) kind_ = Framing::Kind::kNone;
    if (!piece.empty() || state == ChunkDecoder::State::kDone) co_return std::move(piece);
    const auto more = co_await fill(Loop::here().now() + body_timeout_);
    if (!more) {
      broken_ = true;
      co_return more.error();
    }
    if (!*more) co_return Error{"TruncatedBody", "the connection ended inside the body"};
  }
}

Task<bool> HttpReader::skip_body(uint64_t bytes_max) {
  if (continue_pending() || broken_) co_return false;
  while (!body_done()) {
    const auto piece = co_await read_body();
    if (!piece || piece->size() > bytes_max) co_return false;
    bytes_max -= piece->size();
  }
  co_return true;
}

Body HttpReader::take_body() {
  if (kind_ == Framing::Kind::kNone) return {};
  if (kind_ == Framing::Kind::kLength && buffered().size() >= left_bytes_) {
    std::string bytes(buffered().substr(0, static_cast<size_t>(left_bytes_)));
    consume(bytes.size());
    kind_ = Framing::Kind::kNone;
    return Body(std::move(bytes));
  }
  return Body(std::make_unique<ReaderBody>(*this));
}

// ----- writing -----

OutgoingHead response_head(const Response& response, bool keep_alive, bool http_1_0, std::string_view date) {
  OutgoingHead head;
  std::string& text = head.text;
  text.reserve(384);
  text += "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += reason_phrase(response.status);
  text += "\r\n";
  append_fields(text, response.headers);
  if (!response.headers.has("date")) {
    text += "Date: ";
    text += date;
    text += "\r\n";
  }
  const std::optional<uint64_t> size = response.body.size_bytes();
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (size && !bodiless && !response.headers.has("content-length")) {
    text += "Content-Length: ";
    text += std::to_string(*size);
    text += "\r\n";
  } else if (!size && !bodiless && !http_1_0) {
    text += "Transfer-Encoding: chunked\r\n";
    head.chunked = true;
  }
  text += keep_alive ? (http_1_0 ? "Connection: keep-alive\r\n\r\n" : "\r\n") : "Connection: close\r\n\r\n";
  return head;
}

OutgoingHead request_head(const Request& request) {
  OutgoingHead head;
  std::string& text = head.text;
  text += request.method;
  text += ' ';
  text += request.target;
  text += " HTTP/1.1\r\n";
  append_fields(text, request.headers);
  const std::optional<uint64_t> size = request.body.size_bytes();
  if (!size) {
    text += "Transfer-Encoding: chunked\r\n";
    head.chunked = true;
  } else if ((*size > 0 || request.method == "POST" || request.method == "PUT") &&
             !request.headers.has("content-length")) {
    text += "Content-Length: ";
    text += std::to_string(*size);
    text += "\r\n";
  }
  text += "\r\n";
  return head;
}

Async<void> send_message(Stream& stream, OutgoingHead head, Body body, bool without_body,
                         std::chrono::nanoseconds write_timeout) {
  const auto deadline = [&] { return Loop::here().now() + write_timeout; };
  if (without_body) co_return co_await stream.write(head.text, deadline());
  if (const std::string* bytes = body.bytes()) {
    if (bytes->size() <= kJoinBytes) {
      head.text += *bytes;
      co_return co_await stream.write(head.text, deadline());
    }
    TRY_VOID(co_await stream.write(head.text, deadline()));
    co_return co_await stream.write(*bytes, deadline());
  }
  TRY_VOID(co_await stream.write(head.text, deadline()));
  while (true) {
    if (!head.chunked) {
      TRY(std::optional<FileRange> file, co_await body.take_file());
      if (file) {
        TRY_VOID(co_await stream.send_file(*std::move(file), deadline()));
        continue;
      }
    }
    TRY(std::string piece, co_await body.read());
    const bool last = piece.empty();
    if (head.chunked) {
      char size[24];
      std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
      piece.insert(0, size);
      piece += "\r\n";
    }
    if (!piece.empty()) TRY_VOID(co_await stream.write(piece, deadline()));
    if (last) co_return {};
  }
}

}  // namespace hearth::io
