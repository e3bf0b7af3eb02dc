// What the parts of the IAM service stand on.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "identity/directory.h"
#include "identity/records.h"
#include "identity/seal.h"
#include "store/store.h"
#include "wire/auth.h"

namespace hearth::services::iam {

// All outlive the service. `seal` is the one for access keys (identity::kAccessKeySeal).
struct Parts {
  store::Store& store;
  identity::Directory& directory;
  const identity::Seal& seal;
  wire::Authorizer& authorizer;
  const Clock& clock;
  Random& random;

  // Times are kept as they are shown: in seconds.
  TimePoint now() const { return std::chrono::floor<std::chrono::seconds>(clock.now()); }
};

using identity::EntityKind;
using identity::Link;
using identity::Tables;
using store::Key;

}  // namespace hearth::services::iam
