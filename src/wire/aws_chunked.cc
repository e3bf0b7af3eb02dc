#include "wire/aws_chunked.h"

#include <charconv>

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::wire::sigv4 {
namespace {

constexpr size_t kLineBytesMax = 16 * 1024;
constexpr uint64_t kSignedChunkBytesMax = 16 << 20;
constexpr uint64_t kChunkBytesMin = 8192;  // of all but the last
constexpr size_t kTrailersMax = 32;

Error invalid(std::string message) {
  return Error{"InvalidChunk", std::move(message)};
}
Error mismatch() {
  return Error{"SignatureDoesNotMatch", "The signature of a chunk does not match its bytes."};
}

struct ChunkLine {
  uint64_t size_bytes;
  std::string signature;
};

std::optional<ChunkLine> parse_chunk_line(std::string_view line) {
  ChunkLine parsed{};
  const size_t semicolon = line.find(';');
  const std::string_view digits = line.substr(0, semicolon);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parsed.size_bytes, 16);
  if (error != std::errc{} || digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  constexpr std::string_view kName = "chunk-signature=";
  if (semicolon != std::string_view::npos && line.substr(semicolon + 1).starts_with(kName)) {
    parsed.signature = line.substr(semicolon + 1 + kName.size());
  }
  return parsed;
}

}  // namespace

std::optional<ChunkedRules> ChunkedRules::from(std::string_view content_sha256, const Claim& claim,
                                               std::string signing_key) {
  if (!content_sha256.starts_with("STREAMING-")) return std::nullopt;
  ChunkedRules rules{.signed_chunks = content_sha256 != kStreamingUnsignedTrailer,
                     .trailer = content_sha256 != kStreamingSigned,
                     .signing_key = std::move(signing_key),
                     .seed_signature = claim.signature,
                     .timestamp = claim.timestamp,
                     .scope = claim.scope()};
  return rules;
}

AwsChunkedBody::AwsChunkedBody(io::Body coded, ChunkedRules rules,
                               std::optional<uint64_t> decoded_length_bytes)
    : coded_(std::move(coded)),
      rules_(std::move(rules)),
      left_bytes_(decoded_length_bytes),
      previous_signature_(rules_.seed_signature) {}

// True when `count` bytes are buffered.
Async<bool> AwsChunkedBody::need(size_t count) {
  while (buffer_.size() < count) {
    TRY(const std::string piece, co_await coded_.read());
    if (piece.empty()) co_return false;
    buffer_ += piece;
  }
  co_return true;
}

Async<std::string> AwsChunkedBody::read_line() {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (buffer_.size() > kLineBytesMax) co_return invalid("A chunk's head is too long.");
    TRY(const bool more, co_await need(buffer_.size() + 1));
    if (!more) co_return Error{"IncompleteBody", "The request body terminated unexpectedly"};
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  co_return std::move(line);
}

std::string AwsChunkedBody::chunk_signature(std::string_view kind, std::string_view hashes) const {
  std::string text(kind);
  text += '\n';
  text += rules_.timestamp;
  text += '\n';
  text += rules_.scope;
  text += '\n';
  text += previous_signature_;
  text += '\n';
  text += hashes;
  return signature_of(rules_.signing_key, text);
}

Async<std::string> AwsChunkedBody::read() {
  if (done_) co_return std::string{};
  TRY(std::string piece, co_await read_chunk());
  if (left_bytes_) {
    if (piece.size() > *left_bytes_) co_return invalid("More bytes than x-amz-decoded-content-length says.");
    *left_bytes_ -= piece.size();
    if (done_ && *left_bytes_ > 0)
      co_return Error{"IncompleteBody", "Fewer bytes than x-amz-decoded-content-length says."};
  }
  co_return std::move(piece);
}

Status AwsChunkedBody::count_chunk(uint64_t size_bytes) {
  if (chunks_ > 0 && chunk_bytes_ < kChunkBytesMin) {
    Error error = invalid("Only the last chunk is allowed to have a size less than 8192 bytes");
    error.extra = {{"Chunk", std::to_string(chunks_)}, {"BadChunkSize", std::to_string(chunk_bytes_)}};
    return fail(std::move(error));
  }
  ++chunks_;
  chunk_bytes_ = size_bytes;
  return {};
}

Async<std::string> AwsChunkedBody::read_chunk() {
  if (unsigned_left_bytes_ == 0) {
    TRY(const std::string line, co_await read_line());
    const auto head = parse_chunk_line(line);
    if (!head) co_return invalid("A chunk's head is malformed.");
    if (head->size_bytes > 0) TRY_VOID(count_chunk(head->size_bytes));
    if (rules_.signed_chunks) {
      if (head->size_bytes > kSignedChunkBytesMax) co_return invalid("A signed chunk is larger than 16 MiB.");
      TRY(const bool whole, co_await need(static_cast<size_t>(head->size_bytes)));
      if (!whole) co_return Error{"IncompleteBody", "The request body terminated unexpectedly"};
      std::string bytes = buffer_.substr(0, static_cast<size_t>(head->size_bytes));
      const std::string hashes = hex_encode(sha256("")) + "\n" + hex_encode(sha256(bytes));
      const std::string expected = chunk_signature("AWS4-HMAC-SHA256-PAYLOAD", hashes);
      if (!constant_time_equal(expected, head->signature)) co_return mismatch();
      previous_signature_ = expected;
      buffer_.erase(0, bytes.size());
      if (bytes.empty()) co_return co_await read_trailers();
      TRY(const std::string end, co_await read_line());
      if (!end.empty()) co_return invalid("A chunk is longer than its head says.");
      co_return std::move(bytes);
    }
    if (head->size_bytes == 0) co_return co_await read_trailers();
    unsigned_left_bytes_ = head->size_bytes;
  }
  TRY(const bool some, co_await need(1));
  if (!some) co_return Error{"IncompleteBody", "The request body terminated unexpectedly"};
  const size_t count = static_cast<size_t>(std::min<uint64_t>(unsigned_left_bytes_, buffer_.size()));
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  unsigned_left_bytes_ -= count;
  if (unsigned_left_bytes_ == 0) {
    TRY(const std::string end, co_await read_line());
    if (!end.empty()) co_return invalid("A chunk is longer than its head says.");
  }
  co_return std::move(bytes);
}

// After the last chunk: header lines, and their signature where chunks are signed.
Async<std::string> AwsChunkedBody::read_trailers() {
  done_ = true;
  if (!rules_.trailer) co_return std::string{};
  std::string signed_text, signature;
  while (true) {
    TRY(const bool more, co_await need(1));
    if (!more) break;
    TRY(const std::string line, co_await read_line());
    if (line.empty()) {
      if (signature.empty() && rules_.signed_chunks && signed_text.empty()) continue;
      break;
    }
    const size_t colon = line.find(':');
    if (colon == std::string::npos || trailers_.size() >= kTrailersMax)
      co_return invalid("A trailer is malformed.");
    const std::string name = to_lower(line.substr(0, colon));
    std::string value = line.substr(colon + 1);
    value.erase(0, value.find_first_not_of(" \t"));
    if (name == "x-amz-trailer-signature") {
      signature = value;
    } else {
      signed_text += name + ":" + value + "\n";
      trailers_.add(name, value);
    }
  }
  if (rules_.signed_chunks) {
    const std::string expected = chunk_signature("AWS4-HMAC-SHA256-TRAILER", hex_encode(sha256(signed_text)));
    if (!constant_time_equal(expected, signature)) co_return mismatch();
  }
  co_return std::string{};
}

}  // namespace hearth::wire::sigv4
