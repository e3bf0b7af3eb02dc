// What a function's result means as an answer of its URL. Pure.
#pragma once
#include <optional>
#include <string>

#include "io/http_message.h"

namespace hearth::services::lambda {

// Of a runtime's answer that begins with a prelude: a JSON object with status, headers and cookies, and eight
// zero bytes before the body.
inline constexpr std::string_view kPreludeType = "application/vnd.awslambda.http-integration-response";
inline constexpr std::string_view kPreludeEnd{"\0\0\0\0\0\0\0\0", 8};
inline constexpr size_t kPreludeBytesMax = 64 * 1024;

// A whole result: an object with a statusCode says what to answer; any other value is the body itself.
// Nothing for what cannot be answered.
std::optional<io::Response> response_of_result(const std::string& result);
// A prelude's JSON; the body is for the caller to add.
std::optional<io::Response> response_of_prelude(const std::string& prelude);

// The URL's own answers.
io::Response forbidden(bool signed_callers);
io::Response bad_gateway();
io::Response too_many_requests();
io::Response too_large();

}  // namespace hearth::services::lambda
