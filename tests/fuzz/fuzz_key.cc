// Promise: bad input gets a clear error and loses nothing. Any bytes may be read as a key.
#include <cstdint>
#include <cstdlib>

#include "store/tuple.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::store;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto key = parse_key<std::string, int64_t>(bytes)) {
    if (Key(std::get<0>(*key), std::get<1>(*key)).bytes() != bytes) std::abort();
  }
  (void)parse_key<Bytes, uint64_t, bool, Stamp>(bytes);
  return 0;
}
