// Groups and streams of CloudWatch Logs.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "services/logs/logs.h"
#include "services/logs/names.h"

namespace hearth::services::logs {
namespace {

namespace errors = api::logs::errors;
namespace ops = api::logs::ops;
using store::Key;

constexpr size_t kGroupsPageMax = 50;
constexpr std::array<int64_t, 22> kRetentionDays = {
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

api::logs::LogGroup describe(const wire::Call& call, const std::string& name, const GroupRecord& record) {
  const std::string arn = call.arn("logs", "log-group:" + name);
  api::logs::LogGroup out{.log_group_name = name,
                          .creation_time = record.created_ms,
                          .metric_filter_count = 0,
                          .arn = arn + ":*",
                          .stored_bytes = 0,
                          .log_group_class = "STANDARD",
                          .log_group_arn = arn};
  if (record.retention_days) out.retention_in_days = static_cast<int32_t>(*record.retention_days);
  return out;
}

api::logs::LogStream describe(const wire::Call& call, const std::string& group, const std::string& name,
                              const StreamRecord& record) {
  api::logs::LogStream out{.log_stream_name = name,
                           .creation_time = record.created_ms,
                           .arn = call.arn("logs", fmt::format("log-group:{}:log-stream:{}", group, name)),
                           .stored_bytes = 0};
  if (record.last_ms != 0) {
    out.first_event_timestamp = record.first_ms;
    out.last_event_timestamp = record.last_ms;
    out.last_ingestion_time = record.ingested_ms;
    out.upload_sequence_token = "1";
  }
  return out;
}

Result<std::string> token_key(const std::optional<std::string>& token) {
  if (!token) return "";
  auto key = base64_decode(*token);
  if (!key) return fail(errors::invalid_parameter_exception("The specified nextToken is invalid."));
  return *std::move(key);
}

}  // namespace

void Logs::mount(wire::Router& router) {
  router.on<ops::CreateLogGroup>(*this, &Logs::create_group);
  router.on<ops::DeleteLogGroup>(*this, &Logs::delete_group);
  router.on<ops::DescribeLogGroups>(*this, &Logs::describe_groups);
  router.on<ops::PutRetentionPolicy>(*this, &Logs::put_retention);
  router.on<ops::DeleteRetentionPolicy>(*this, &Logs::delete_retention);
  router.on<ops::CreateLogStream>(*this, &Logs::create_stream);
  router.on<ops::DescribeLogStreams>(*this, &Logs::describe_streams);
  router.on<ops::PutLogEvents>(*this, &Logs::put_events);
  router.on<ops::GetLogEvents>(*this, &Logs::get_events);
  router.on<ops::FilterLogEvents>(*this, &Logs::filter_events);
}

Async<ops::CreateLogGroup::Output> Logs::create_group(const Call& call,
                                                      api::logs::CreateLogGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::CreateLogGroup::Output> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool exists, co_await tables.groups.contains(Key(input.log_group_name)));
    if (exists) co_return errors::resource_already_exists_exception("The specified log group already exists");
    tables.groups.put(Key(input.log_group_name), {.created_ms = epoch_ms(clock_.now())});
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
  if (input.log_group_name_prefix && input.log_group_name_pattern) {
    co_return errors::invalid_parameter_exception(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  TRY(std::string after, token_key(input.next_token));
  const auto limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kGroupsPageMax)));
  const std::string prefix = input.log_group_name_prefix.value_or("");
  const std::string pattern = to_lower(input.log_group_name_pattern.value_or(""));
  auto body = [&](store::Transaction& tx) -> Async<api::logs::DescribeLogGroupsResponse> {
    Tables tables(tx, call.account, call.region);
    api::logs::DescribeLogGroupsResponse out;
    out.log_groups.emplace();
    for (;;) {
      TRY(auto listing, co_await tables.groups.list({.after = after}));
      for (const auto& entry : listing.entries) {
        TRY(auto key, store::parse_key<std::string>(entry.key));
        const std::string& name = std::get<0>(key);
        if (!name.starts_with(prefix) || to_lower(name).find(pattern) == std::string::npos) continue;
        if (out.log_groups->size() == limit) {
          out.next_token = base64_encode(after);
          co_return out;
        }
        out.log_groups->push_back(describe(call, name, entry.record));
        after = entry.key;
      }
      if (listing.next.empty()) co_return out;
      after = listing.next;
    }
  };
  co_return co_await store_.read(body);
}

Async<void> Logs::set_retention(const Call& call, std::string group, std::optional<int64_t> days) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, call.account, call.region);
    TRY(auto record, co_await tables.groups.get(Key(group)));
    if (!record) co_return group_not_found();
    record->retention_days = days;
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
        "must satisfy enum value set",
        input.retention_in_days));
  }
  TRY_VOID(co_await set_retention(call, input.log_group_name, input.retention_in_days));
  co_return ops::PutRetentionPolicy::Output{};
}

Async<ops::DeleteRetentionPolicy::Output> Logs::delete_retention(
    const Call& call, api::logs::DeleteRetentionPolicyRequest input) {
  TRY_VOID(co_await set_retention(call, input.log_group_name, std::nullopt));
  co_return ops::DeleteRetentionPolicy::Output{};
}

Async<ops::CreateLogStream::Output> Logs::create_stream(const Call& call,
                                                        api::logs::CreateLogStreamRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::CreateLogStream::Output> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(input.log_group_name)));
    if (!has_group) co_return group_not_found();
    const Key key(input.log_group_name, input.log_stream_name);
    TRY(const bool exists, co_await tables.streams.contains(key));
    if (exists)
      co_return errors::resource_already_exists_exception("The specified log stream already exists");
    tables.streams.put(key, {.created_ms = epoch_ms(clock_.now())});
    co_return ops::CreateLogStream::Output{};
  };
  co_return co_await store_.transact(body);
}

Async<api::logs::DescribeLogStreamsResponse> Logs::describe_streams(
    const Call& call, api::logs::DescribeLogStreamsRequest input) {
  TRY(const std::string group, group_named(input.log_group_name, input.log_group_identifier));
  const bool by_time = input.order_by == "LastEventTime";
  if (by_time && input.log_stream_name_prefix) {
    co_return errors::invalid_parameter_exception(
        "Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  size_t skip = 0;
  if (input.next_token) skip = static_cast<size_t>(std::strtoull(input.next_token->c_str(), nullptr, 10));
  const auto limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kGroupsPageMax)));
  auto body = [&](store::Transaction& tx) -> Async<api::logs::DescribeLogStreamsResponse> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(group)));
    if (!has_group) co_return group_not_found();
    std::vector<api::logs::LogStream> streams;
    TRY(const auto entries, co_await tables.streams.all(Key(group)));
    for (const auto& entry : entries) {
      TRY(auto key, store::parse_key<std::string, std::string>(entry.key));
      if (!std::get<1>(key).starts_with(input.log_stream_name_prefix.value_or(""))) continue;
      streams.push_back(describe(call, group, std::get<1>(key), entry.record));
    }
    if (by_time) {
      std::ranges::sort(streams, {}, [](const auto& stream) {
        return std::pair(stream.last_event_timestamp.value_or(0), *stream.log_stream_name);
      });
    }
    if (input.descending.value_or(false)) std::ranges::reverse(streams);
    api::logs::DescribeLogStreamsResponse out;
    out.log_streams.emplace();
    for (size_t i = skip; i < streams.size() && out.log_streams->size() < limit; ++i) {
      out.log_streams->push_back(std::move(streams[i]));
    }
    if (skip + limit < streams.size()) out.next_token = std::to_string(skip + limit);
    co_return out;
  };
  co_return co_await store_.read(body);
}

}  // namespace hearth::services::logs
