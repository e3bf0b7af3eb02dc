// Requests of one protocol, from bytes.
#include "codec_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const auto protocol : {hearth::wire::Protocol::kCbor, hearth::wire::Protocol::kAmzCbor})
    hearth::fuzz::read_request(protocol, {reinterpret_cast<const char*>(data), size});
  return 0;
}
