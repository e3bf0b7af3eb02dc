// Which function has which code signing configuration. In both directions, so that a configuration in use
// stays and its functions can be listed.
#pragma once
#include <optional>
#include <string>

#include "services/lambda/records.h"

namespace hearth::services::lambda {

struct SigningConfigRef {
  std::string account;
  std::string region;
  std::string id;  // "csc-" and 17 letters

  // The model sees to the form of ARNs; one of another account or region is of a configuration that is not
  // there.
  static SigningConfigRef of_arn(std::string_view arn);
  std::string arn() const {
    return "arn:aws:lambda:" + region + ":" + account + ":code-signing-config:" + id;
  }
};
// Whether this is the ARN of such a configuration.
bool is_signing_config_arn(std::string_view arn);

// Nothing where it has none.
Async<std::optional<SigningConfigRef>> signing_config_of(store::Transaction& tx, FunctionRef ref);

// Gives the function that configuration, in place of the one it has; nothing takes it away. REQUIRES that the
// configuration is there, read in this transaction.
Async<void> use_signing_config(store::Transaction& tx, FunctionRef ref,
                               std::optional<SigningConfigRef> config);

Async<bool> is_signing_config_used(store::Transaction& tx, SigningConfigRef config);

// Names of functions, in order.
struct SigningConfigUsers {
  std::vector<std::string> names;
  std::string next;  // as Table::Listing has it
};
Async<SigningConfigUsers> users_of_signing_config(store::Transaction& tx, SigningConfigRef config,
                                                  std::string after, size_t names_max);

}  // namespace hearth::services::lambda
