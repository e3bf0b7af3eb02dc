// Groups of CloudWatch Logs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "services/logs/listing.h"
#include "services/logs/logs.h"
#include "services/logs/names.h"
#include "services/logs/tokens.h"
#include "wire/not_implemented.h"

namespace hearth::services::logs {
namespace {

namespace errors = api::logs::errors;
namespace ops = api::logs::ops;
using store::Key;

constexpr std::string_view kClass = "STANDARD";
constexpr std::array<int64_t, 22> kRetentionDays = {
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

api::logs::LogGroup describe(const wire::Call& call, const std::string& name, const GroupRecord& record) {
  const std::string arn = call.arn("logs", "log-group:" + name);
  api::logs::LogGroup out{.log_group_name = name,
                          .creation_time = record.created_ms,
                          .metric_filter_count = 0,
                          .arn = arn + ":*",
                          .stored_bytes = 0,
                          .log_group_class = std::string(kClass),
                          .log_group_arn = arn};
  if (record.retention_days) out.retention_in_days = static_cast<int32_t>(*record.retention_days);
  return out;
}

// Which groups a caller wants to see.
struct Wanted {
  std::string prefix;
  std::string pattern;  // in lower case
  std::optional<std::set<std::string>> names;
  bool none = false;

  bool operator()(const std::string& name) const {
    return !none && name.starts_with(prefix) && to_lower(name).contains(pattern) &&
           (!names || names->contains(name));
  }
};

Result<Wanted> wanted(const wire::Call& call, const api::logs::DescribeLogGroupsRequest& input) {
  TRY_SYNC_VOID(wire::refuse_given(input.account_identifiers, "log groups of linked accounts"));
  if (input.include_linked_accounts.value_or(false)) {
    return fail(wire::not_implemented("log groups of linked accounts"));
  }
  if (input.log_group_name_prefix && input.log_group_name_pattern) {
    return fail(errors::invalid_parameter_exception(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
  }
  Wanted out{.prefix = input.log_group_name_prefix.value_or(""),
             .pattern = to_lower(input.log_group_name_pattern.value_or("")),
             .none = input.log_group_class.value_or(std::string(kClass)) != kClass};
  if (!input.log_group_identifiers) return out;
  if (input.log_group_name_prefix || input.log_group_name_pattern || input.log_group_class) {
    return fail(errors::invalid_parameter_exception(
        "logGroupIdentifiers cannot be given together with a prefix, a pattern or a class."));
  }
  out.names.emplace();
  for (const std::string& identifier : *input.log_group_identifiers) {
    TRY_SYNC(std::string name, group_identified(call, identifier));
    out.names->insert(std::move(name));
  }
  return out;
}

}  // namespace

Async<ops::CreateLogGroup::Output> Logs::create_group(const Call& call,
                                                      api::logs::CreateLogGroupRequest input) {
  TRY_VOID(wire::refuse_given(input.kms_key_id, "log groups encrypted with a key (kmsKeyId)"));
  if (input.log_group_class.value_or(std::string(kClass)) != kClass) {
    co_return wire::not_implemented("log groups of class " + *input.log_group_class);
  }
  if (input.deletion_protection_enabled.value_or(false)) {
    co_return wire::not_implemented("deletion protection of log groups");
  }
  GroupRecord record{.created_ms = epoch_ms(clock_.now())};
  TRY_VOID(add_tags(record, input.tags.value_or(Tags())));
  auto body = [&](store::Transaction& tx) -> Async<ops::CreateLogGroup::Output> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool exists, co_await tables.groups.contains(Key(input.log_group_name)));
    if (exists) co_return errors::resource_already_exists_exception("The specified log group already exists");
    tables.groups.put(Key(input.log_group_name), record);
    co_return ops::CreateLogGroup::Output{};
  };
  co_return co_await store_.transact(body);
}

Async<ops::DeleteLogGroup::Output> Logs::delete_group(const Call& call,
                                                      api::logs::DeleteLogGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteLogGroup::Output> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool exists, co_await tables.groups.contains(Key(input.log_group_name)));
    if (!exists) co_return group_not_found();
    tables.groups.erase(Key(input.log_group_name));
    tables.streams.erase_under(Key(input.log_group_name));
    tx.erase_range(Tables::events(call.account, call.region, input.log_group_name).under());
    co_return ops::DeleteLogGroup::Output{};
  };
  co_return co_await store_.transact(body);
}

Async<api::logs::DescribeLogGroupsResponse> Logs::describe_groups(const Call& call,
                                                                  api::logs::DescribeLogGroupsRequest input) {
  TRY(const Wanted keep, wanted(call, input));
  TRY(const std::string after, key_of_token<std::string>(input.next_token));
  const auto limit = static_cast<size_t>(input.limit.value_or(kListingPageMax));
  auto body = [&](store::Transaction& tx) -> Async<api::logs::DescribeLogGroupsResponse> {
    Tables tables(tx, call.account, call.region);
    TRY(auto found, co_await list_named(tables.groups, {.after = after}, limit, keep));
    api::logs::DescribeLogGroupsResponse out{.next_token = std::move(found.next_token)};
    out.log_groups.emplace();
    for (const auto& [name, record] : found.records) out.log_groups->push_back(describe(call, name, record));
    co_return out;
  };
  co_return co_await store_.read(body);
}

Async<void> Logs::change_group(const Call& call, std::string group, Change change) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, call.account, call.region);
    TRY(auto record, co_await tables.groups.get(Key(group)));
    if (!record) co_return group_not_found();
    TRY_VOID(change(*record));
    tables.groups.put(Key(group), *record);
    co_return {};
  };
  co_return co_await store_.transact(body);
}

Async<ops::PutRetentionPolicy::Output> Logs::put_retention(const Call& call,
                                                           api::logs::PutRetentionPolicyRequest input) {
  if (std::ranges::find(kRetentionDays, input.retention_in_days) == kRetentionDays.end()) {
    co_return errors::invalid_parameter_exception(fmt::format(
        "1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy constraint: Member "
        "must satisfy enum value set: [{}]",
        input.retention_in_days, fmt::join(kRetentionDays, ", ")));
  }
  TRY_VOID(co_await change_group(call, input.log_group_name, [&](GroupRecord& group) {
    group.retention_days = input.retention_in_days;
    return Status();
  }));
  co_return ops::PutRetentionPolicy::Output{};
}

Async<ops::DeleteRetentionPolicy::Output> Logs::delete_retention(
    const Call& call, api::logs::DeleteRetentionPolicyRequest input) {
  TRY_VOID(co_await change_group(call, input.log_group_name, [](GroupRecord& group) {
    group.retention_days.reset();
    return Status();
  }));
  co_return ops::DeleteRetentionPolicy::Output{};
}

}  // namespace hearth::services::logs
