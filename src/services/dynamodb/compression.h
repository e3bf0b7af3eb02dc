// Streams of gzip or zstd, unpacked as they come.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::dynamodb {

enum class Compression : uint8_t { kNone = 0, kGzip = 1, kZstd = 2 };

// Takes a stream in pieces, and gives what it holds. Streams may follow each other.
class Decompressor {
 public:
  explicit Decompressor(Compression compression);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  // Takes from the front of `piece` and appends to `out`, until one is empty or the other has grown by
  // `out_max` or so. "Malformed" for what is no such stream.
  Status take(std::string_view& piece, std::string& out, size_t out_max);
  // Whether a stream may end here.
  bool complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth::services::dynamodb
