// The forms in which the interfaces inside a sandbox answer.
#pragma once
#include <string>
#include <string_view>

#include "io/http_message.h"

namespace hearth::execution {

io::Response json_response(int status, std::string body);
io::Response accepted();
io::Response refusal(int status, std::string_view type, std::string_view message);

}  // namespace hearth::execution
