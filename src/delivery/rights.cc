#include "delivery/rights.h"

#include "delivery/target.h"

namespace hearth::delivery {

Async<wire::Identity> Rights::identity_of(Sender sender) const {
  if (sender.role_arn.empty()) {
    co_return wire::Identity{.account = std::move(sender.account), .service = std::move(sender.service)};
  }
  co_return co_await roles_.act_as({.role_arn = std::move(sender.role_arn),
                                    .session_name = std::move(sender.session_name),
                                    .service = std::move(sender.service),
                                    .resource_arn = std::move(sender.arn)});
}

Async<void> Rights::require(Sender sender, const wire::OperationInfo& operation, std::string resource) const {
  wire::Permission permission{.action = std::string(operation.action), .resource = std::move(resource)};
  if (sender.role_arn.empty()) {
    permission.conditions = {{"aws:SourceArn", {sender.arn}}, {"aws:SourceAccount", {sender.account}}};
  }
  wire::Call call{.account = sender.account,
                  .region = sender.region,
                  .operation = &operation,
                  .received_at = clock_.now()};
  auto identity = co_await identity_of(std::move(sender));
  if (!identity) {
    if (identity.error().code != "RoleNotAssumable") co_return std::move(identity).error();
    co_return target_error(kTargetDenied, std::move(identity).error().message);
  }
  call.identity = *std::move(identity);
  const Status allowed = co_await authorizer_.authorize(call, std::move(permission));
  if (allowed) co_return {};
  if (allowed.error().code != wire::access_denied(call, {}).code) co_return allowed.error();
  co_return target_error(kTargetDenied, allowed.error().message);
}

}  // namespace hearth::delivery
