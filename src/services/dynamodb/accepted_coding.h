// Which packing of an answer a client takes: what its Accept-Encoding says.
#pragma once
#include <optional>
#include <string_view>

#include "base/deflate.h"

namespace hearth::services::dynamodb {

// The one with the highest weight, gzip before deflate; nothing when neither is accepted, or plain bytes are
// liked better.
std::optional<Deflate> accepted_coding(std::string_view accept_encoding);

}  // namespace hearth::services::dynamodb
