// Under which host names registries are reached. A registry is one account's in one region:
//
//   <account>.dkr.ecr.<region>.<domain>     that one, whatever the domain; each with or without a port
//   any other name of the server            that of who asks, in the server's own region
#pragma once
#include <optional>
#include <string>

#include "wire/call.h"

namespace hearth::services::ecr {

struct Registry {
  std::string account;
  std::string region;
  bool operator==(const Registry&) const = default;
};

class RegistryHosts {
 public:
  explicit RegistryHosts(std::string region) : region_(std::move(region)) {}

  // Nothing for a host that names no registry.
  static std::optional<Registry> parse(std::string_view host);

  const std::string& region() const { return region_; }
  // The host of a registry, for who reached the server as this call did.
  std::string host_of(const wire::Call& call, const Registry& registry) const;

 private:
  std::string region_;  // the server's
};

}  // namespace hearth::services::ecr
