#include "wire/cors.h"

namespace hearth::wire {

void tell(const CorsGrant& grant, io::Headers& headers) {
  const auto set = [&headers](std::string_view name, const std::string& value) {
    if (!value.empty()) headers.set(name, value);
  };
  set("Access-Control-Allow-Origin", grant.origin);
  if (grant.credentials) headers.set("Access-Control-Allow-Credentials", "true");
  set("Access-Control-Allow-Methods", grant.methods);
  set("Access-Control-Allow-Headers", grant.headers);
  set("Access-Control-Expose-Headers", grant.exposed);
  if (grant.max_age_seconds) set("Access-Control-Max-Age", std::to_string(*grant.max_age_seconds));
  if (!grant.vary.empty()) headers.add("Vary", grant.vary);
}

std::string joined(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += separator;
    text += item;
  }
  return text;
}

}  // namespace hearth::wire
