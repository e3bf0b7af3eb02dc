#include "base/deflate.h"

#include <zlib.h>

#include <algorithm>

#include "base/check.h"

namespace hearth {
namespace {

// What zlib takes the window's size for, and what asks it for gzip's head in place of its own.
int window_bits(Deflate form) {
  constexpr int kGzipHead = 16;
  return form == Deflate::kGzip ? MAX_WBITS + kGzipHead : MAX_WBITS;
}

Bytef* input_of(std::string_view bytes) {
  // zlib reads through a pointer that it could write through, and does not.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
}

Bytef* output_of(std::string& bytes, size_t at) {
  return reinterpret_cast<Bytef*>(bytes.data() + at);  // NOLINT
}

}  // namespace

std::string deflate(std::string_view bytes, Deflate form) {
  z_stream stream{};
  constexpr int kMemoryLevel = 8;
  // Fast: what is answered waits for it.
  CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits(form), kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib has memory");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = output_of(packed, 0);
  stream.avail_out = static_cast<uInt>(packed.size());
  CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END, "the bound holds");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::optional<Inflated> inflate(std::string_view packed, Deflate form, size_t bytes_max) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, window_bits(form)) == Z_OK, "zlib has memory");
  stream.next_in = input_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  Inflated result;
  int state = Z_OK;
  while (state == Z_OK && result.bytes.size() <= bytes_max) {
    constexpr size_t kStep = 64 * 1024;
    const size_t at = result.bytes.size();
    result.bytes.resize(at + std::min(kStep, bytes_max + 1 - at));
    stream.next_out = output_of(result.bytes, at);
    stream.avail_out = static_cast<uInt>(result.bytes.size() - at);
    state = ::inflate(&stream, Z_NO_FLUSH);
    result.bytes.resize(result.bytes.size() - stream.avail_out);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  result.too_long = result.bytes.size() > bytes_max;
  if (result.too_long) {
    result.bytes.resize(bytes_max);
  } else if (!whole) {
    return {};
  }
  return result;
}

}  // namespace hearth
