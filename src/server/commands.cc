#include "server/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/text_member.h"
#include "io/http_client.h"
#include "io/loop.h"
#include "server/admin.h"
#include "server/options.h"

namespace hearth::server {
namespace {

constexpr uint64_t kAnswerBytesMax = 16 << 20;

void print_rows(const json::array& rows) {
  for (const json::value& row : rows) {
    for (const auto& [name, value] : row.as_object()) {
      fmt::print("{:<24}", std::string_view(value.as_string()));
    }
    fmt::print("\n");
  }
}

void print(const json::value& answer) {
  if (const auto* rows = answer.if_array()) return print_rows(*rows);
  const json::object& one = answer.as_object();
  if (!one.contains("secret")) return fmt::print("{}\n", text_member(one, "key"));
  if (one.contains("account")) fmt::print("# account {}\n", text_member(one, "account"));
  fmt::print("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n", text_member(one, "key"),
             text_member(one, "secret"));
}

Async<json::value> ask(std::string name, std::string input) {
  io::HttpClient client;
  auto response = co_await client.send({.path = std::string(kAdminSocket)},
                                       {.method = "POST", .target = "/" + name, .body = std::move(input)});
  if (!response) {
    co_return Error{.code = "NoServer",
                    .message = "no server is running on this data directory, or not one of yours: " +
                               response.error().message};
  }
  TRY(const std::string body, co_await response->body.read_all(kAnswerBytesMax));
  TRY(json::value answer, parse_json(body));
  if (response->status != 200) {
    co_return Error{.code = "Refused", .message = text_member(answer.as_object(), "error")};
  }
  co_return answer;
}

int send(const std::string& data_folder, const std::string& name, const json::object& input) {
  const std::string folder = data_folder.empty() ? default_data_folder() : data_folder;
  if (chdir(folder.c_str()) != 0) {
    std::fprintf(stderr, "hearth: there is no data directory %s\n", folder.c_str());
    return 1;
  }
  io::Loop loop;
  Result<json::value> answer;
  auto asking = [&]() -> Task<void> { answer = co_await ask(name, to_text(input)); };
  loop.run_until_done(asking());
  if (!answer) {
    std::fprintf(stderr, "hearth: %s\n", answer.error().message.c_str());
    return 1;
  }
  print(*answer);
  return 0;
}

}  // namespace

CLI::App* CommandLine::add(CLI::App* parent, const std::string& command, const std::string& what) {
  CLI::App* sub = parent->add_subcommand(command.substr(command.find('/') + 1), what);
  sub->add_option("--data", data_, "Data directory")->envname("HEARTH_DATA");
  commands_.emplace_back(sub, command);
  return sub;
}

CommandLine::CommandLine(CLI::App& app) {
  CLI::App* accounts = app.add_subcommand("accounts", "List and create accounts of the running server");
  accounts->require_subcommand(1);
  add(accounts, "accounts/list", "Number, name, alias and age of each");
  CLI::App* creating = add(accounts, "accounts/create", "A new account; prints a key of its root");
  creating->add_option("--id", id_, "Its twelve digits (default: some that are free)");
  creating->add_option("--name", name_, "A name, for people");

  CLI::App* keys =
      app.add_subcommand("keys", "List, create, rotate and revoke access keys of an account's root");
  keys->require_subcommand(1);
  for (CLI::App* sub : {add(keys, "keys/list", "Id, status and age of each"),
                        add(keys, "keys/create", "One more, two at most; the secret is shown this once")}) {
    sub->add_option("--account", account_, "Whose (default: the server's --account)");
  }
  for (CLI::App* sub : {add(keys, "keys/rotate", "A new one, and the old one is inactive from then on"),
                        add(keys, "keys/revoke", "Removes one")}) {
    sub->add_option("key", key_, "The key's id")->required();
    sub->add_option("--account", account_, "Whose (default: the server's --account)");
  }
}

std::optional<int> CommandLine::run() {
  for (const auto& [sub, command] : commands_) {
    if (!sub->parsed()) continue;
    return send(data_, command, {{"account", account_}, {"key", key_}, {"id", id_}, {"name", name_}});
  }
  return std::nullopt;
}

}  // namespace hearth::server
