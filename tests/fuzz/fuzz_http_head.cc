#include <cstdlib>

#include "io/http_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  hearth::io::Request request;
  const auto parsed = hearth::io::parse_request_head(bytes, {}, request);
  if (parsed.state == hearth::io::ParsedHead::State::kComplete && parsed.consumed_bytes > size) std::abort();
  hearth::io::Response response;
  (void)hearth::io::parse_response_head(bytes, {}, false, response);
  return 0;
}
