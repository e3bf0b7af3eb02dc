#include "services/dynamodb/table_extras.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/table_definition.h"
#include "services/dynamodb/table_policy.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

constexpr std::string_view kNoPolicyExpected = "NO_POLICY";

Error no_resource(const std::string& arn) {
  return {.code = "ResourceNotFoundException",
          .message = "Requested resource not found: ResourcArn: " + arn + " not found"};
}

// A table that is meant by its ARN.
Result<TableRef> table_of(const wire::Call& call, const std::string& arn) {
  if (!arn.starts_with("arn:")) {
    return fail(errors::validation("Invalid TableArn: Invalid ResourceArn provided as input " + arn));
  }
  auto ref = TableRef::parse(call, arn);
  if (!ref) return fail(errors::validation("Invalid TableArn: Invalid ResourceArn provided as input " + arn));
  return ref;
}

Async<TablePtr> require(store::Transaction& tx, const Parts& parts, TableRef ref, std::string arn) {
  TRY(auto table, co_await parts.catalog.find(tx, std::move(ref)));
  if (!table) co_return no_resource(arn);
  co_return table;
}

void put(store::Transaction& tx, const TableRef& ref, const TableRecord& record) {
  tx.put(ref.key().bytes(), store::encode(record));
}

Error no_policy(std::string_view arn) {
  return {.code = "PolicyNotFoundException",
          .message = "Resource-based policy not found for the provided ResourceArn: " + std::string(arn)};
}

// Whether the policy that is there is the one that the caller has seen.
Status check_revision(const std::optional<std::string>& expected, const Table& table, const std::string& arn,
                      std::string_view request) {
  if (!expected) return {};
  const std::string& revision = table.record.policy_revision;
  const std::string about = "Resource-based policy not found for the provided ResourceArn: " + arn;
  if (*expected == kNoPolicyExpected) {
    if (revision.empty()) return {};
    return fail(Error{.code = "PolicyNotFoundException",
                      .message = about + ": Requested policy " + std::string(request) +
                                 " expecting none to be present for table " + table.ref.name +
                                 ", but a policy exists with revision id " + revision + "."});
  }
  if (*expected == revision) return {};
  return fail(Error{.code = "PolicyNotFoundException",
                    .message = about + ": Requested " + std::string(request) +
                               " for policy with revision id " + *expected +
                               ", but the policy associated to target table " + table.ref.name +
                               " has revision id " + revision + "."});
}

}  // namespace

void TableExtras::mount(wire::Router& router) {
  router.on<ops::TagResource>(*this, &TableExtras::tag);
  router.on<ops::UntagResource>(*this, &TableExtras::untag);
  router.on<ops::ListTagsOfResource>(*this, &TableExtras::list_tags);
  router.on<ops::PutResourcePolicy>(*this, &TableExtras::put_policy);
  router.on<ops::GetResourcePolicy>(*this, &TableExtras::get_policy);
  router.on<ops::DeleteResourcePolicy>(*this, &TableExtras::delete_policy);
}

Async<ops::TagResource::Output> TableExtras::tag(const wire::Call& call,
                                                 api::dynamodb::TagResourceInput input) {
  TRY(const TableRef ref, table_of(call, input.resource_arn));
  if (input.tags.empty()) co_return errors::validation("Atleast one Tag needs to be provided as Input.");
  TRY(const Tags tags, read_tags(input.tags));
  auto body = [&](store::Transaction& tx) -> Async<ops::TagResource::Output> {
    TRY(const auto table, co_await require(tx, parts_, ref, input.resource_arn));
    TableRecord record = table->record;
    for (const auto& [key, value] : tags) record.tags[key] = value;
    if (record.tags.size() > limits::kTagsMax) {
      co_return errors::validation(
          "One or more parameter values were invalid: Too many tags: the limit is 50");
    }
    put(tx, ref, record);
    co_return ops::TagResource::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::UntagResource::Output> TableExtras::untag(const wire::Call& call,
                                                     api::dynamodb::UntagResourceInput input) {
  TRY(const TableRef ref, table_of(call, input.resource_arn));
  if (input.tag_keys.empty())
    co_return errors::validation("Atleast one Tag Key needs to be provided as Input.");
  auto body = [&](store::Transaction& tx) -> Async<ops::UntagResource::Output> {
    TRY(const auto table, co_await require(tx, parts_, ref, input.resource_arn));
    TableRecord record = table->record;
    for (const std::string& key : input.tag_keys) record.tags.erase(key);
    put(tx, ref, record);
    co_return ops::UntagResource::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::dynamodb::ListTagsOfResourceOutput> TableExtras::list_tags(
    const wire::Call& call, api::dynamodb::ListTagsOfResourceInput input) {
  TRY(const TableRef ref, table_of(call, input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ListTagsOfResourceOutput> {
    TRY(const auto table, co_await parts_.catalog.find(tx, ref));
    if (!table) {
      // The one call that does not tell a table that is not there from one that is not the caller's.
      co_return Error{.code = "AccessDeniedException",
                      .message = "User: " + call.identity.arn +
                                 " is not authorized to perform: dynamodb:ListTagsOfResource on resource: " +
                                 input.resource_arn,
                      .status = 400};
    }
    api::dynamodb::ListTagsOfResourceOutput output;
    output.tags.emplace();
    for (const auto& [key, value] : table->record.tags) output.tags->push_back({.key = key, .value = value});
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::PutResourcePolicyOutput> TableExtras::put_policy(
    const wire::Call& call, api::dynamodb::PutResourcePolicyInput input) {
  TRY(const TableRef ref, table_of(call, input.resource_arn));
  const std::string revision = std::to_string(now_ms(parts_.clock));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::PutResourcePolicyOutput> {
    TRY(const auto table, co_await require(tx, parts_, ref, input.resource_arn));
    TRY_VOID(check_revision(input.expected_revision_id, *table, input.resource_arn, "update"));
    TableRecord record = table->record;
    TRY_VOID(set_policy(record, input.policy, revision));
    put(tx, ref, record);
    co_return api::dynamodb::PutResourcePolicyOutput{.revision_id = record.policy_revision};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::dynamodb::GetResourcePolicyOutput> TableExtras::get_policy(
    const wire::Call& call, api::dynamodb::GetResourcePolicyInput input) {
  TRY(const TableRef ref, table_of(call, input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::GetResourcePolicyOutput> {
    TRY(const auto table, co_await require(tx, parts_, ref, input.resource_arn));
    if (table->record.policy.empty()) co_return no_policy(input.resource_arn);
    co_return api::dynamodb::GetResourcePolicyOutput{.policy = table->record.policy,
                                                     .revision_id = table->record.policy_revision};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::DeleteResourcePolicyOutput> TableExtras::delete_policy(
    const wire::Call& call, api::dynamodb::DeleteResourcePolicyInput input) {
  TRY(const TableRef ref, table_of(call, input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::DeleteResourcePolicyOutput> {
    TRY(const auto table, co_await require(tx, parts_, ref, input.resource_arn));
    if (table->record.policy.empty()) co_return api::dynamodb::DeleteResourcePolicyOutput{};
    TRY_VOID(check_revision(input.expected_revision_id, *table, input.resource_arn, "delete"));
    TableRecord record = table->record;
    api::dynamodb::DeleteResourcePolicyOutput output{.revision_id = std::move(record.policy_revision)};
    record.policy.clear();
    record.policy_revision.clear();
    put(tx, ref, record);
    co_return output;
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
