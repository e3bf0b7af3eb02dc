#include "server/admin.h"

#include <array>

#include "base/json.h"
#include "base/text_member.h"
#include "identity/root.h"

namespace hearth::server {
namespace {

constexpr uint64_t kBodyBytesMax = 64 * 1024;

json::value described(const identity::AccessKey& key) {
  return json::object{{"key", key.id}, {"secret", key.secret}};
}

}  // namespace

std::string Admin::account_of(const json::object& input) const {
  std::string account = text_member(input, "account");
  return account.empty() ? default_account_ : account;
}

Task<io::Response> Admin::serve(io::Request request) {
  const auto answer = [](int status, const json::value& body) {
    return io::Response{
        .status = status, .headers = {{"Content-Type", "application/json"}}, .body = to_text(body) + "\n"};
  };
  const auto body = co_await request.body.read_all(kBodyBytesMax);
  const auto input = body ? parse_json(*body) : Result<json::value>(fail(body.error()));
  if (!input || !input->is_object())
    co_return answer(400, json::object{{"error", "A command is a JSON object."}});
  auto done = co_await run(std::string(request.raw_path()), input->get_object());
  if (!done) co_return answer(400, json::object{{"error", done.error().message}});
  co_return answer(200, *done);
}

Async<json::value> Admin::run(std::string command, json::object input) {
  using Run = Async<json::value> (Admin::*)(json::object);
  static constexpr std::array<std::pair<std::string_view, Run>, 6> kCommands{
      {{"/accounts/list", &Admin::list_accounts},
       {"/accounts/create", &Admin::create_account},
       {"/keys/list", &Admin::list_keys},
       {"/keys/create", &Admin::create_key},
       {"/keys/rotate", &Admin::rotate_key},
       {"/keys/revoke", &Admin::revoke_key}}};
  for (const auto& [name, run] : kCommands) {
    if (name == command) co_return co_await (this->*run)(std::move(input));
  }
  co_return Error{.code = "UnknownCommand", .message = "There is no command " + command + "."};
}

Async<json::value> Admin::list_accounts(json::object) {
  TRY(const auto accounts, co_await accounts_.list());
  json::array out;
  for (const auto& account : accounts) {
    out.push_back(json::object{{"account", account.id},
                               {"name", account.name},
                               {"alias", account.alias},
                               {"created", iso8601_seconds(account.created)}});
  }
  co_return json::value(std::move(out));
}

// With its root's first key, as an account that nobody can enter is of no use.
Async<json::value> Admin::create_account(json::object input) {
  TRY(const auto account, co_await accounts_.create(text_member(input, "id"), text_member(input, "name")));
  TRY(const auto key, co_await accounts_.create_root_key(account.id));
  json::value out = described(key);
  out.get_object()["account"] = account.id;
  co_return out;
}

Async<json::value> Admin::list_keys(json::object input) {
  TRY(const auto keys, co_await accounts_.list_root_keys(account_of(input)));
  json::array out;
  for (const auto& key : keys) {
    out.push_back(json::object{{"key", key.id},
                               {"status", key.active ? "Active" : "Inactive"},
                               {"created", iso8601_seconds(key.created)}});
  }
  co_return json::value(std::move(out));
}

Async<json::value> Admin::create_key(json::object input) {
  TRY(const auto key, co_await accounts_.create_root_key(account_of(input)));
  co_return described(key);
}

Async<json::value> Admin::rotate_key(json::object input) {
  const std::string old_key = text_member(input, "key");
  TRY(const auto key, co_await accounts_.rotate_root_key(account_of(input), old_key));
  TRY_VOID(identity::replace_root_key(".", old_key, key));
  co_return described(key);
}

Async<json::value> Admin::revoke_key(json::object input) {
  const std::string key = text_member(input, "key");
  TRY_VOID(co_await accounts_.revoke_root_key(account_of(input), key));
  co_return json::object{{"key", key}};
}

}  // namespace hearth::server
