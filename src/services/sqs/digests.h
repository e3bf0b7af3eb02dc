// The MD5s that senders and receivers compare: in hex.
#pragma once
#include <string>

#include "services/sqs/records.h"

namespace hearth::services::sqs {

std::string body_digest(std::string_view body);
// Of all of them; empty when there are none. System attributes alike.
std::string attributes_digest(const Attributes& attributes);

}  // namespace hearth::services::sqs
