#include "services/s3/access_point_policies.h"

#include "services/s3/access_points.h"
#include "services/s3/bucket_policy.h"
#include "services/s3/public_policy.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

Error no_policy(const AccessPointRecord& point) {
  return {.code = "NoSuchAccessPointPolicy",
          .message = "The specified accesspoint policy does not exist",
          .extra = {{"AccessPointName", point.id.name}},
          .status = 404};
}

// About itself, and what is reached by it.
bool is_about(const std::string& own, std::string_view arn) {
  return arn == own || arn.starts_with(own + "/object/") || arn == own + "/*" || arn == own + "*";
}

// `run` (AccessPointTables&, AccessPointRecord, const Input&) -> Async<wire::Message>.
template <typename Operation, typename Run>
void mount_in(wire::Router& router, Parts& parts, AccessPointKind kind, Run run) {
  auto handle = [&parts, kind, run](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(message)));
    auto body = [&](AccessPointTables& tables, AccessPointRecord point) {
      return run(tables, std::move(point), input);
    };
    co_return co_await with_access_point<wire::Message>(parts, call, kind, input, body);
  };
  router.add(Operation::kInfo, handle);
}

const auto get_policy = [](AccessPointTables&, AccessPointRecord point, const auto&) -> Async<wire::Message> {
  if (point.policy.empty()) co_return no_policy(point);
  co_return wire::Message{.document = {{"Policy", point.policy}}};
};

const auto remove_policy = [](AccessPointTables& tables, AccessPointRecord point,
                              const auto&) -> Async<wire::Message> {
  point.policy.clear();
  tables.put(point);
  co_return wire::Message{};
};

const auto tell_status = [](AccessPointTables&, AccessPointRecord point,
                            const auto&) -> Async<wire::Message> {
  if (point.policy.empty()) co_return no_policy(point);
  TRY(const identity::Policy policy, parse_policy(point.policy));
  co_return wire::Message{
      .document = {{"PolicyStatus", json::object{{"IsPublic", is_public(policy, point.policy)}}}}};
};

template <typename Operation>
void mount_put(wire::Router& router, Parts& parts, AccessPointKind kind) {
  auto handle = [&parts, kind](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(message)));
    TRY(const identity::Policy policy, parse_policy(input.policy));
    auto run = [&](AccessPointTables& tables, AccessPointRecord point) -> Async<wire::Message> {
      const std::string arn = point.id.arn();
      TRY_VOID(check_resources(input.policy, [&](std::string_view other) { return is_about(arn, other); }));
      TRY(const PublicAccess account, co_await public_access_of_account(tables.settings, point.id.account));
      if ((point.block_policy || account.block_policy) && is_public(policy, input.policy)) {
        co_return wire::access_denied(
            call, "User: " + call.identity.arn + " is not authorized to perform: " +
                      std::string(call.operation->action) + " on resource: \"" + arn +
                      "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block "
                      "Public Access.");
      }
      point.policy = input.policy;
      tables.put(point);
      co_return wire::Message{};
    };
    co_return co_await with_access_point<wire::Message>(parts, call, kind, input, run);
  };
  router.add(Operation::kInfo, handle);
}

}  // namespace

void AccessPointPolicies::mount(wire::Router& router) {
  namespace ops = api::s3control::ops;
  constexpr auto kBucket = AccessPointKind::kBucket;
  constexpr auto kObjectLambda = AccessPointKind::kObjectLambda;
  mount_in<ops::GetAccessPointPolicy>(router, parts_, kBucket, get_policy);
  mount_put<ops::PutAccessPointPolicy>(router, parts_, kBucket);
  mount_in<ops::DeleteAccessPointPolicy>(router, parts_, kBucket, remove_policy);
  mount_in<ops::GetAccessPointPolicyStatus>(router, parts_, kBucket, tell_status);
  mount_in<ops::GetAccessPointPolicyForObjectLambda>(router, parts_, kObjectLambda, get_policy);
  mount_put<ops::PutAccessPointPolicyForObjectLambda>(router, parts_, kObjectLambda);
  mount_in<ops::DeleteAccessPointPolicyForObjectLambda>(router, parts_, kObjectLambda, remove_policy);
  mount_in<ops::GetAccessPointPolicyStatusForObjectLambda>(router, parts_, kObjectLambda, tell_status);
}

}  // namespace hearth::services::s3
