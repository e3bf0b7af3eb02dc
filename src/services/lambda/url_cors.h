// Cross-origin rules of a function URL, as the service answers for the function. Pure.
#pragma once
#include "io/http_message.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// A browser that asks before it sends the request itself.
bool is_preflight(const io::Request& request);
io::Response answer_preflight(const CorsRecord& cors, const io::Request& request);
// Puts the URL's rules over what the function said itself.
void add_cors(const CorsRecord& cors, std::string_view origin, io::Headers& headers);

}  // namespace hearth::services::lambda
