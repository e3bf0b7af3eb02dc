// The door for whoever owns the machine: accounts and the keys of their roots, over a Unix socket in the data
// directory that only the server's own user (and root) may connect to. `hearth accounts` and `hearth keys`
// are its clients (commands.h).
//
// A command is POST /<name> with a JSON object; the answer is JSON, with status 400 and {"error": text} for
// what could not be done:
//
//   accounts/list {}                accounts/create {"id"?, "name"?}
//   keys/list, keys/create {"account"?}     keys/rotate, keys/revoke {"account"?, "key"}
#pragma once
#include <string>

#include "base/json.h"
#include "identity/accounts.h"
#include "io/http_message.h"

namespace hearth::server {

// Within the data directory: its path may be longer than a socket's may.
inline constexpr std::string_view kAdminSocket = "admin.sock";

class Admin {
 public:
  // `default_account` is meant where a command names none. `accounts` outlives it.
  Admin(identity::Accounts& accounts, std::string default_account)
      : accounts_(accounts), default_account_(std::move(default_account)) {}

  Task<io::Response> serve(io::Request request);

 private:
  Async<json::value> run(std::string command, json::object input);
  Async<json::value> list_accounts(json::object input);
  Async<json::value> create_account(json::object input);
  Async<json::value> list_keys(json::object input);
  Async<json::value> create_key(json::object input);
  Async<json::value> rotate_key(json::object input);
  Async<json::value> revoke_key(json::object input);
  std::string account_of(const json::object& input) const;

  identity::Accounts& accounts_;
  std::string default_account_;
};

}  // namespace hearth::server
