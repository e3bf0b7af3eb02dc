// What a browser is told of a resource that shares itself with other origins, once rules have decided that it
// does. The rules themselves are the services': functions' URLs have one set, buckets have lists.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/http_message.h"

namespace hearth::wire {

inline constexpr std::string_view kRequestedMethod = "Access-Control-Request-Method";
inline constexpr std::string_view kRequestedHeaders = "Access-Control-Request-Headers";

// Each is left unsaid while it is empty.
struct CorsGrant {
  std::string origin = {};  // "*", or the one that asked
  bool credentials = false;
  std::string methods = {};
  std::string headers = {};
  std::string exposed = {};
  std::optional<int64_t> max_age_seconds = {};
  std::string vary = {};  // the request's headers that were looked at
};
void tell(const CorsGrant& grant, io::Headers& headers);

std::string joined(const std::vector<std::string>& items, std::string_view separator);

}  // namespace hearth::wire
