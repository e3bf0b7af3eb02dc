// Asks an identity provider for its keys: its configuration first (OpenID Connect Discovery), then the key
// set that this names.
#pragma once
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/jwks.h"

namespace hearth::identity {

// Takes some seconds at most. Blocks its loop while it looks up names. Codes: "ProviderUnreachable",
// "ProviderUntrusted" for its certificate, "MalformedKeys" for answers that are not as they should be.
Async<KeySet> discover_keys(std::string url, std::vector<std::string> thumbprints);

}  // namespace hearth::identity
