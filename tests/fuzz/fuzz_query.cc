// Requests of one protocol, from bytes.
#include "codec_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hearth::fuzz::read_request(hearth::wire::Protocol::kQuery, {reinterpret_cast<const char*>(data), size});
  return 0;
}
