// Messages of application/vnd.amazon.eventstream, as the service sends them: a prelude with both lengths and
// its check sum, headers, the payload, and a check sum over all.
#pragma once
#include <string>
#include <string_view>

namespace hearth::wire {

inline constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";

// One event: its name in the model, its content type and payload. REQUIRES a payload below 16 MiB, which is
// what receivers take.
std::string event_message(std::string_view event_type, std::string_view content_type,
                          std::string_view payload);

}  // namespace hearth::wire
