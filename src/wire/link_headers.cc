#include "wire/link_headers.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "wire/uri_template.h"

namespace hearth::wire {

void take_link_headers(io::Request& request) {
  // What the signature itself is made of.
  constexpr std::array<std::string_view, 8> kOwn = {
      "x-amz-algorithm",     "x-amz-credential", "x-amz-date",           "x-amz-expires",
      "x-amz-signedheaders", "x-amz-signature",  "x-amz-security-token", "x-amz-content-sha256"};
  for (const auto& [name, value] : parse_query(request.raw_query(), false)) {
    const std::string lower = to_lower(name);
    if (!lower.starts_with("x-amz-") || std::ranges::find(kOwn, lower) != kOwn.end()) continue;
    if (!request.headers.has(lower)) request.headers.set(lower, value);
  }
}

}  // namespace hearth::wire
