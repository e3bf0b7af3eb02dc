#include "identity/access.h"

#include <fmt/format.h>

#include "identity/arn.h"

namespace hearth::identity {
namespace {

// Of an ARN; empty for what belongs to nobody in particular.
std::string account_of(const std::string& arn) {
  size_t start = 0;
  for (int colons = 0; colons < 4; ++colons) {
    start = arn.find(':', start);
    if (start == std::string::npos) return {};
    ++start;
  }
  return arn.substr(start, arn.find(':', start) - start);
}

}  // namespace

Async<std::optional<wire::Credential>> Access::find(std::string access_key_id, std::string session_token) {
  if (access_key_id == root_.id) {
    co_return wire::Credential{.secret = root_.secret,
                               .identity = {.account = account_,
                                            .arn = root_arn(account_),
                                            .user_id = account_,
                                            .access_key_id = access_key_id}};
  }
  const auto session = sessions_.open(access_key_id, session_token);
  if (!session) co_return co_await find_stored(std::move(access_key_id));
  co_return wire::Credential{.secret = sessions_.secret_of(access_key_id),
                             .session_token = session_token,
                             .expires_at = session->expires,
                             .identity = {.account = session->account,
                                          .arn = session->assumed_role_arn(),
                                          .user_id = session->role_id() + ":" + session->session_name,
                                          .access_key_id = access_key_id}};
}

Async<std::optional<wire::Credential>> Access::find_stored(std::string access_key_id) {
  TRY(const auto holder, co_await directory_.key(access_key_id));
  if (!holder || !holder->active) co_return std::optional<wire::Credential>();
  co_return wire::Credential{
      .secret = holder->secret,
      .identity = {.account = holder->account,
                   .arn = holder->arn,
                   .user_id = holder->user_id.empty() ? holder->account : holder->user_id,
                   .access_key_id = std::move(access_key_id)}};
}

Async<void> Access::authorize(const wire::Call& call, std::string action, std::string resource,
                              const json::object&) {
  const std::string& account = call.identity.account;
  const bool root = call.identity.arn == root_arn(account);
  const std::string owner = account_of(resource);
  // What AWS owns (its managed policies) is everyone's to look at, and nobody's to change.
  if (root && (owner.empty() || owner == account || owner == "aws")) co_return {};
  // The root user lacks nothing in its own account; elsewhere the resource's owner must have let it in.
  const std::string_view lacking = root ? "resource" : "identity";
  co_return wire::access_denied(
      call,
      fmt::format("User: {} is not authorized to perform: {} on resource: {} because no {}-based policy "
                  "allows the {} action",
                  call.identity.arn, action, resource, lacking, action));
}

}  // namespace hearth::identity
