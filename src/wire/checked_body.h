// A body that is held to the SHA-256 its request declared, while it streams: the last read fails with
// "XAmzContentSHA256Mismatch" when the bytes were others. Who stores the bytes must not make them visible
// before it has read to the end.
#pragma once
#include "base/digest.h"
#include "io/body.h"

namespace hearth::wire {

Error wrong_payload(const std::string& declared_hex, const std::string& actual_hex);

class CheckedBody final : public io::BodySource {
 public:
  // `sha256_hex` in either case.
  CheckedBody(io::Body body, std::string sha256_hex)
      : body_(std::move(body)), expected_(std::move(sha256_hex)) {}

  Async<std::string> read() override;
  std::optional<uint64_t> remaining_bytes() const override { return body_.size_bytes(); }

 private:
  io::Body body_;
  std::string expected_;
  Digest hash_;
  bool ended_ = false;
};

}  // namespace hearth::wire
