// Promise: no object breaks an import's reader: it ends, whatever pieces it comes in, and reads the same in
// all of them.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/dynamodb/compression.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_lines.h"

namespace {

using namespace hearth;                      // NOLINT: one file
using namespace hearth::services::dynamodb;  // NOLINT

std::string read(Compression compression, const LineFormat& format, std::string_view object,
                 size_t piece_bytes) {
  constexpr size_t kTextBytes = 4096, kAllBytes = 1 << 20;
  std::string read;
  Decompressor decompressor(compression);
  ItemLines lines(format);
  const auto drain = [&] {
    while (const auto item = lines.next()) read += *item ? to_json(**item) : "!";
  };
  size_t all = 0;
  while (!object.empty() && all < kAllBytes) {
    std::string_view piece = object.substr(0, piece_bytes);
    object.remove_prefix(piece.size());
    for (bool more = true; more && all < kAllBytes;) {
      std::string text;
      if (!decompressor.take(piece, text, kTextBytes)) return read;
      more = !piece.empty() || !text.empty();
      all += text.size();
      lines.add(text);
      drain();
    }
  }
  lines.end();
  drain();
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view object(reinterpret_cast<const char*>(data) + 1, size - 1);
  LineFormat format{.kind = static_cast<LineFormat::Kind>((data[0] >> 2U) % 3),
                    .types = {{"n", Type::kNumber}, {"b", Type::kBinary}}};
  if ((data[0] & 16U) != 0) format.headers = {"a", "n", "b"};
  const auto compression = static_cast<Compression>(data[0] % 3);
  const std::string whole = read(compression, format, object, object.size() + 1);
  if (compression == Compression::kNone && read(compression, format, object, 3) != whole) std::abort();
  (void)read(compression, format, object, 3);
  return 0;
}
