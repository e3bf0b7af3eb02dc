#include "wire/checked_body.h"

#include "base/encoding.h"

namespace hearth::wire {

Async<std::string> CheckedBody::read() {
  if (ended_) co_return std::string();
  TRY(std::string piece, co_await body_.read());
  hash_.update(piece);
  // What is known to be the last piece is checked before it is given out.
  ended_ = piece.empty() || body_.size_bytes() == 0;
  if (ended_ && !iequals(hex_encode(hash_.finish()), expected_)) {
    co_return Error{"XAmzContentSHA256Mismatch",
                    "The provided 'x-amz-content-sha256' header does not match what was computed."};
  }
  co_return piece;
}

}  // namespace hearth::wire
