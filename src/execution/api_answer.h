// The forms in which the interfaces inside a sandbox answer.
#pragma once
#include <string>
#include <string_view>

#include "io/http_message.h"

namespace hearth::execution {

io::Response json_response(int status, std::string body);
io::Response accepted();
io::Response refusal(int status, std::string_view type, std::string_view message);
// What a runtime in one state may not do.
io::Response wrong_state(std::string_view state, std::string_view wanted);

}  // namespace hearth::execution
