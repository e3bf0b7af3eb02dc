// Images of a registry, by the OCI distribution API over HTTPS; over HTTP where the registry is this
// machine's. Asks for a token where the registry wants one (as Docker Hub does), with the credentials that
// are known for its host.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "oci/image_source.h"
#include "oci/reference.h"

namespace hearth::oci {

// "user:password" by host.
using RegistryLogins = std::map<std::string, std::string>;
// From the file in which `docker login` keeps them (config.json). Code "InvalidOption".
Result<RegistryLogins> read_logins(std::string_view config);

// Code "ImageUnavailable" when this machine has no authorities to trust.
Result<std::unique_ptr<ImageSource>> open_registry(const Reference& reference, const RegistryLogins& logins);

}  // namespace hearth::oci
