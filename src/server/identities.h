// Everything that decides who a caller is and what they may do, put together.
#pragma once
#include "base/clock.h"
#include "identity/access.h"
#include "identity/accounts.h"
#include "identity/last_use.h"
#include "identity/role_credentials.h"
#include "identity/subject_facts.h"
#include "server/options.h"

namespace hearth::server {

struct Identities {
  // `given`: a key for the first account's root beside those that are stored. `options` outlives this.
  Identities(store::Store& store, const ServeOptions& options, identity::FileKey root_key,
             std::optional<identity::AccessKey> given, const std::string& server_key)
      : sessions(server_key, system_random()),
        key_seal(server_key, identity::kAccessKeySeal, system_random()),
        accounts(store, key_seal, system_clock(), system_random()),
        directory(store, key_seal),
        last_use(store, system_clock()),
        roles(directory, sessions, system_clock()),
        callers(store, directory, sessions),
        access(callers,
               {.account = options.account, .root = std::move(given), .development = options.development}),
        subject_facts(directory),
        first_account(options.account),
        first_key(std::move(root_key)) {
    access.add_source("iam", subject_facts);
  }
  Identities(const Identities&) = delete;

  // The account that a server begins with.
  Async<void> begin() { return accounts.ensure(first_account, first_key); }

  identity::Sessions sessions;
  identity::Seal key_seal;
  identity::Accounts accounts;
  identity::Directory directory;
  identity::LastUse last_use;
  identity::RoleCredentials roles;
  identity::Callers callers;
  identity::Access access;
  identity::SubjectFacts subject_facts;
  std::string first_account;
  identity::FileKey first_key;
};

}  // namespace hearth::server
