// The `aws-chunked` content coding: an upload in signed (or unsigned) chunks with optional trailing headers,
// each chunk's signature chained to the one before. Decoded as a stream in constant memory.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "io/body.h"
#include "io/http_message.h"
#include "wire/sigv4.h"

namespace hearth::wire::sigv4 {

struct ChunkedRules {
  bool signed_chunks = true;
  bool trailer = false;
  std::string signing_key;     // with signed chunks
  std::string seed_signature;  // the request's own
  std::string timestamp;
  std::string scope;

  // From the value of x-amz-content-sha256; nothing when it names no chunked form.
  static std::optional<ChunkedRules> from(std::string_view content_sha256, const Claim& claim,
                                          std::string signing_key);
};

// Decodes `coded`. Reading fails with "SignatureDoesNotMatch" for a chunk that was changed,
// "IncompleteBody" for one that ends early and "InvalidChunk" for one that is malformed, or too small and not
// the last. A chunk's bytes are given out only after its signature was checked, so signed chunks are held
// whole (at most 16 MiB).
class AwsChunkedBody final : public io::BodySource {
 public:
  AwsChunkedBody(io::Body coded, ChunkedRules rules, std::optional<uint64_t> decoded_length_bytes);
  Async<std::string> read() override;
  std::optional<uint64_t> remaining_bytes() const override { return left_bytes_; }
  // The trailing headers; complete when read() gave its end.
  const io::Headers* trailers() const override { return &trailers_; }

 private:
  Async<std::string> read_line();
  Async<bool> need(size_t count);
  Async<std::string> read_chunk();
  Status count_chunk(uint64_t size_bytes);
  Async<std::string> read_trailers();
  std::string chunk_signature(std::string_view kind, std::string_view hashes) const;

  io::Body coded_;
  ChunkedRules rules_;
  std::optional<uint64_t> left_bytes_;
  std::string buffer_;
  std::string previous_signature_;
  uint64_t unsigned_left_bytes_ = 0;  // of an unsigned chunk that is given out in pieces
  uint64_t chunks_ = 0;               // that have begun, without the empty one at the end
  uint64_t chunk_bytes_ = 0;          // of the one that began last
  bool done_ = false;
  io::Headers trailers_;
};

}  // namespace hearth::wire::sigv4
