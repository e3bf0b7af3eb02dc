// Under which host names registries are reached. A registry is one account's in one region:
//
//   <account>.dkr.ecr.<region>.<domain>     that one, whatever the domain; each with or without a port
//   any other name of the server            that of who asks, in the server's own region
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/call.h"

namespace hearth::services::ecr {

struct Registry {
  std::string account;
  std::string region;
  bool operator==(const Registry&) const = default;
};

// Under which the server is reached.
struct ServerNames {
  std::vector<std::string> domains;
  std::vector<uint16_t> ports;
};

class RegistryHosts {
 public:
  explicit RegistryHosts(std::string region, ServerNames names = {})
      : region_(std::move(region)), names_(std::move(names)) {}

  // Nothing for a host that names no registry.
  static std::optional<Registry> parse(std::string_view host);

  const std::string& region() const { return region_; }
  // Whether a host is this server's: that of a registry, or a name of the machine or one of the server's
  // domains with a port that it listens on.
  bool serve(std::string_view host) const;
  // The host of a registry, for who reached the server as this call did.
  std::string host_of(const wire::Call& call, const Registry& registry) const;

 private:
  std::string region_;  // the server's
  ServerNames names_;
};

}  // namespace hearth::services::ecr
