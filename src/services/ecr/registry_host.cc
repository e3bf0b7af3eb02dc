#include "services/ecr/registry_host.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/arn.h"

namespace hearth::services::ecr {
namespace {

constexpr std::string_view kLabels = ".dkr.ecr.";

// Of hosts that are the API's: "api.ecr.eu-west-1.example" and "ecr.eu-west-1.example" are of "example".
std::string_view domain_of(std::string_view host) {
  for (const std::string_view label : {"api.ecr.", "ecr."}) {
    if (!host.starts_with(label)) continue;
    const size_t dot = host.find('.', label.size());
    if (dot != std::string_view::npos) return host.substr(dot + 1);
  }
  return host;
}

bool is_address(std::string_view name) {
  return name.starts_with('[') || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::optional<Registry> RegistryHosts::parse(std::string_view host) {
  const size_t labels = host.find(kLabels);
  if (labels == std::string_view::npos) return std::nullopt;
  std::string_view rest = host.substr(labels + kLabels.size());
  Registry registry{.account = std::string(host.substr(0, labels)),
                    .region = std::string(rest.substr(0, rest.find_first_of(".:")))};
  if (!identity::is_account_id(registry.account) || registry.region.empty()) return std::nullopt;
  return registry;
}

std::string RegistryHosts::host_of(const wire::Call& call, const Registry& registry) const {
  const std::string host = to_lower(call.request ? call.request->headers.get("Host") : std::string_view());
  if (const auto named = parse(host); named && *named == registry) return host;
  std::string_view domain = host;
  if (parse(host)) {
    domain.remove_prefix(domain.find(kLabels) + kLabels.size());
    domain.remove_prefix(std::min(domain.find('.') + 1, domain.size()));
  } else {
    domain = domain_of(host);
    const bool plain = domain.size() == host.size() && !host.empty();
    if (plain && registry.account == call.account && registry.region == region_) return host;
  }
  const size_t port = domain.ends_with(']') ? std::string_view::npos : domain.rfind(':');
  std::string_view name = domain.substr(0, port);
  // A number has no names below it; this one leads to the machine itself.
  if (is_address(name)) name = "localhost";
  return fmt::format("{}.dkr.ecr.{}.{}{}", registry.account, registry.region, name,
                     port == std::string_view::npos ? std::string_view() : domain.substr(port));
}

}  // namespace hearth::services::ecr
