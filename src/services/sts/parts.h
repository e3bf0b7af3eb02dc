// What the service stands on.
#pragma once
#include "api/sts.h"
#include "base/clock.h"
#include "identity/directory.h"
#include "identity/oidc_keys.h"
#include "identity/session.h"
#include "wire/router.h"

namespace hearth::services::sts {

// All outlive the service.
struct Parts {
  store::Store& store;
  identity::Directory& directory;
  const identity::Sessions& sessions;
  wire::Authorizer& authorizer;
  identity::OidcKeys& oidc_keys;
  const Clock& clock;

  // Times are told in seconds.
  TimePoint now() const { return std::chrono::floor<std::chrono::seconds>(clock.now()); }
};

}  // namespace hearth::services::sts
