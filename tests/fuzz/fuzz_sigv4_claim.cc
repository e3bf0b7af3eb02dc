#include "wire/sigv4.h"

// The first line is the target, the second the Authorization header.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(bytes.size(), bytes.find('\n'));
  hearth::io::Request request{.method = "GET", .target = "/" + std::string(bytes.substr(0, line))};
  if (line < bytes.size()) request.headers.add("Authorization", std::string(bytes.substr(line + 1)));
  request.headers.add("X-Amz-Date", "20260131T123456Z");
  request.headers.add("Host", "localhost");
  const auto claim = hearth::wire::sigv4::parse_claim(request);
  if (!claim || !*claim) return 0;
  const auto rules = hearth::wire::sigv4::PathRules::for_service((*claim)->service);
  (void)hearth::wire::sigv4::canonical_request(request, **claim, "hash", rules);
  return 0;
}
