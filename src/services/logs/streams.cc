// Streams of CloudWatch Logs.
#include <fmt/format.h>

#include <algorithm>

#include "services/logs/listing.h"
#include "services/logs/logs.h"
#include "services/logs/names.h"
#include "services/logs/tokens.h"

namespace hearth::services::logs {
namespace {

namespace errors = api::logs::errors;
namespace ops = api::logs::ops;
using store::Key;

constexpr size_t kRowsPerErasure = 1000;
constexpr int kErasurePassesMax = 20;

api::logs::LogStream describe(const wire::Call& call, const std::string& group, const std::string& name,
                              const StreamRecord& record) {
  api::logs::LogStream out{.log_stream_name = name,
                           .creation_time = record.created_ms,
                           .arn = call.arn("logs", fmt::format("log-group:{}:log-stream:{}", group, name)),
                           .stored_bytes = 0};
  if (record.ingested_ms != 0) {
    out.last_ingestion_time = record.ingested_ms;
    out.upload_sequence_token = "1";
  }
  if (record.last_ms != 0) {
    out.first_event_timestamp = record.first_ms;
    out.last_event_timestamp = record.last_ms;
  }
  return out;
}

using Page = NamedPage<StreamRecord>;

Result<std::string> start_of(const api::logs::DescribeLogStreamsRequest& input, bool by_time) {
  return by_time ? key_of_token<int64_t, std::string>(input.next_token)
                 : key_of_token<std::string>(input.next_token);
}

// By the time of their last events, which no table is ordered by: all of a group's streams are sorted.
Async<Page> list_by_time(store::Table<StreamRecord>& table, std::string after, size_t count_max,
                         bool descending) {
  TRY(auto entries, co_await table.all());
  for (auto& entry : entries) {
    TRY(const auto key, store::parse_key<std::string>(entry.key));
    entry.key = Key(entry.record.last_ms, std::get<0>(key)).bytes();
  }
  std::ranges::sort(entries, {}, [](const auto& entry) { return entry.key; });
  if (descending) std::ranges::reverse(entries);
  Page page;
  for (auto& entry : entries) {
    if (!after.empty() && (descending ? entry.key >= after : entry.key <= after)) continue;
    if (page.records.size() == count_max) {
      const auto& [name, record] = page.records.back();
      page.next_token = token_of_key(Key(record.last_ms, name).bytes());
      break;
    }
    TRY(auto key, store::parse_key<int64_t, std::string>(entry.key));
    page.records.emplace_back(std::move(std::get<1>(key)), entry.record);
  }
  co_return page;
}

}  // namespace

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

// A stream's events lie among those of its group: they are picked out, some at a time, and the stream itself
// goes with the last of them. What is written meanwhile is looked for again; a call that ends early is made
// again.
Async<ops::DeleteLogStream::Output> Logs::delete_stream(const Call& call,
                                                        api::logs::DeleteLogStreamRequest input) {
  std::optional<std::string> from = "";
  std::optional<int64_t> written_ms;
  const Key key(input.log_group_name, input.log_stream_name);
  auto body = [&](store::Transaction& tx) -> Async<std::optional<std::string>> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(input.log_group_name)));
    if (!has_group) co_return group_not_found();
    TRY(const auto stream, co_await tables.streams.get(key));
    if (!stream) co_return stream_not_found();
    if (from->empty()) written_ms = stream->ingested_ms;
    const Key events = Tables::events(call.account, call.region, input.log_group_name);
    store::KeyRange range{.begin = std::max(*from, (events + Key(stream->first_ms)).bytes()),
                          .end = (events + Key(stream->last_ms + 1)).bytes()};
    TRY(auto next, co_await erase_events(tx, std::move(range), input.log_stream_name, kRowsPerErasure));
    if (next) co_return next;
    if (written_ms != stream->ingested_ms) co_return "";
    tables.streams.erase(key);
    co_return std::nullopt;
  };
  for (int passes = 0; from;) {
    TRY(from, co_await store_.transact(body));
    if (from && from->empty() && ++passes == kErasurePassesMax) {
      co_return errors::operation_aborted_exception("The log stream is being written to.");
    }
  }
  co_return ops::DeleteLogStream::Output{};
}

Async<api::logs::DescribeLogStreamsResponse> Logs::describe_streams(
    const Call& call, api::logs::DescribeLogStreamsRequest input) {
  TRY(const std::string group, group_named(call, input.log_group_name, input.log_group_identifier));
  const bool by_time = input.order_by == "LastEventTime";
  if (by_time && input.log_stream_name_prefix) {
    co_return errors::invalid_parameter_exception(
        "Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  TRY(const std::string after, start_of(input, by_time));
  const auto limit = static_cast<size_t>(input.limit.value_or(kListingPageMax));
  const bool descending = input.descending.value_or(false);
  const std::string prefix = input.log_stream_name_prefix.value_or("");
  auto wanted = [&](const std::string& name) { return name.starts_with(prefix); };
  auto body = [&](store::Transaction& tx) -> Async<api::logs::DescribeLogStreamsResponse> {
    TRY(const bool has_group, co_await Tables(tx, call.account, call.region).groups.contains(Key(group)));
    if (!has_group) co_return group_not_found();
    auto table = Tables::streams_of(tx, call.account, call.region, group);
    TRY(auto page,
        co_await (by_time ? list_by_time(table, after, limit, descending)
                          : list_named(table, {.after = after, .reverse = descending}, limit, wanted)));
    api::logs::DescribeLogStreamsResponse out{.next_token = std::move(page.next_token)};
    out.log_streams.emplace();
    for (const auto& [name, record] : page.records)
      out.log_streams->push_back(describe(call, group, name, record));
    co_return out;
  };
  co_return co_await store_.read(body);
}

}  // namespace hearth::services::logs
