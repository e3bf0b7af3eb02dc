// Holds a body that was read whole to what its headers say of it: Content-MD5 and x-amz-checksum-….
#pragma once
#include <string_view>

#include "base/result.h"
#include "io/http_message.h"

namespace hearth::wire {

// Fails with "InvalidDigest" (no MD5) or "BadDigest".
Status check_body_digests(const io::Headers& headers, std::string_view body);

}  // namespace hearth::wire
