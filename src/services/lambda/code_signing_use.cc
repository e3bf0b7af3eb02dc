#include "services/lambda/code_signing_use.h"

#include <string_view>

namespace hearth::services::lambda {
namespace {

using store::Key;

constexpr std::string_view kKind = ":code-signing-config:";

struct UsedConfig {
  std::string arn;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.arn);
  }
};
// A row whose key says all.
struct Mark {
  template <typename Self>
  static void fields(Self&, auto&) {}
};

store::Table<UsedConfig> by_function(store::Transaction& tx, const FunctionRef& ref) {
  return {tx, Tables::scope(ref.account, ref.region) + Key("code-signing-of")};
}
store::Table<Mark> by_config(store::Transaction& tx, const SigningConfigRef& config) {
  return {tx, Tables::scope(config.account, config.region) + Key("code-signing-by", config.id)};
}

}  // namespace

bool is_signing_config_arn(std::string_view arn) {
  return arn.find(kKind) != std::string_view::npos;
}

SigningConfigRef SigningConfigRef::of_arn(std::string_view arn) {
  SigningConfigRef ref;
  std::string* const parts[] = {nullptr, nullptr, nullptr, &ref.region, &ref.account, nullptr, &ref.id};
  for (std::string* part : parts) {
    const size_t end = std::min(arn.find(':'), arn.size());
    if (part) *part = arn.substr(0, end);
    arn.remove_prefix(std::min(end + 1, arn.size()));
  }
  return ref;
}

Async<std::optional<SigningConfigRef>> signing_config_of(store::Transaction& tx, FunctionRef ref) {
  TRY(const auto used, co_await by_function(tx, ref).get(Key(ref.name)));
  if (!used) co_return std::optional<SigningConfigRef>();
  co_return std::optional(SigningConfigRef::of_arn(used->arn));
}

Async<void> use_signing_config(store::Transaction& tx, FunctionRef ref,
                               std::optional<SigningConfigRef> config) {
  TRY(const auto before, co_await signing_config_of(tx, ref));
  if (before) by_config(tx, *before).erase(Key(ref.name));
  if (!config) {
    by_function(tx, ref).erase(Key(ref.name));
    co_return {};
  }
  by_function(tx, ref).put(Key(ref.name), {.arn = config->arn()});
  by_config(tx, *config).put(Key(ref.name), {});
  co_return {};
}

Async<bool> is_signing_config_used(store::Transaction& tx, SigningConfigRef config) {
  TRY(const auto users, co_await users_of_signing_config(tx, std::move(config), "", 1));
  co_return !users.names.empty();
}

Async<SigningConfigUsers> users_of_signing_config(store::Transaction& tx, SigningConfigRef config,
                                                  std::string after, size_t names_max) {
  TRY(auto listing, co_await by_config(tx, config).list({.after = std::move(after), .rows_max = names_max}));
  SigningConfigUsers users{.names = {}, .next = std::move(listing.next)};
  for (const auto& entry : listing.entries) {
    TRY(auto key, store::parse_key<std::string>(entry.key));
    users.names.push_back(std::get<0>(std::move(key)));
  }
  co_return users;
}

}  // namespace hearth::services::lambda
