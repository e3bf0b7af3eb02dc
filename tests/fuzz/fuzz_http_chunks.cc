#include <cstdlib>

#include "io/http_parser.h"

// Cut anywhere, the chunks decode to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  using hearth::io::ChunkDecoder;
  ChunkDecoder whole, cut;
  std::string expected, actual;
  std::string_view rest = bytes;
  const auto state = whole.decode(rest, expected);

  const size_t middle = bytes.empty() ? 0 : data[0] % bytes.size();
  std::string_view first = bytes.substr(0, middle);
  auto cut_state = cut.decode(first, actual);
  if (cut_state == ChunkDecoder::State::kMore) {
    std::string second_bytes(first);
    second_bytes += bytes.substr(middle);
    std::string_view second = second_bytes;
    cut_state = cut.decode(second, actual);
  }
  if (state != cut_state || (state != ChunkDecoder::State::kBad && expected != actual)) std::abort();
  return 0;
}
