// What the parts of the registry share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "services/ecr/passes.h"
#include "services/ecr/registry_host.h"
#include "store/blob.h"
#include "store/store.h"
#include "wire/auth.h"

namespace hearth::services::ecr {

struct Parts {
  store::Store& store;
  store::Blobs& blobs;
  wire::Authorizer& authorizer;
  wire::CredentialSource& credentials;
  const Clock& clock;
  Random& random;
  Passes passes;
  RegistryHosts hosts;
};

}  // namespace hearth::services::ecr
