#include "wire/checked_body.h"

#include "base/encoding.h"

namespace hearth::wire {

Async<std::string> CheckedBody::read() {
  if (ended_) co_return std::string();
  TRY(std::string piece, co_await body_.read());
  hash_.update(piece);
  // What is known to be the last piece is checked before it is given out.
  ended_ = piece.empty() || body_.size_bytes() == 0;
  if (!ended_) co_return piece;
  const std::string actual = hex_encode(hash_.finish());
  if (!iequals(actual, expected_)) co_return wrong_payload(expected_, actual);
  co_return piece;
}

Error wrong_payload(const std::string& declared_hex, const std::string& actual_hex) {
  constexpr int kBadRequest = 400;
  return {.code = "XAmzContentSHA256Mismatch",
          .message = "The provided 'x-amz-content-sha256' header does not match what was computed.",
          .extra = {{"ClientComputedContentSHA256", declared_hex}, {"S3ComputedContentSHA256", actual_hex}},
          .status = kBadRequest};
}

}  // namespace hearth::wire
