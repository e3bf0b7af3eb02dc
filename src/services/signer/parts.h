// What the parts of the Signer service share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "delivery/asker_client.h"
#include "identity/seal.h"
#include "io/thread_pool.h"
#include "store/store.h"

namespace hearth::services::signer {

// All references outlive the parts.
struct Parts {
  store::Store& store;
  io::ThreadPool& pool;
  const Clock& clock;
  Random& random;
  delivery::AskerClient client;
  identity::Seal key_seal;
};

// Of Parts::key_seal: never otherwise, profiles depend on it.
inline constexpr std::string_view kSigningKeySeal = "signing-profile-keys";

}  // namespace hearth::services::signer
