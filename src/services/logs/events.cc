// Writing and reading the events of CloudWatch Logs.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "services/logs/logs.h"
#include "services/logs/names.h"
#include "services/logs/terms.h"

namespace hearth::services::logs {
namespace {

namespace errors = api::logs::errors;
using store::Key;

constexpr size_t kEventsPageMax = 10'000;
constexpr size_t kPageBytesMax = 1024 * 1024;
constexpr size_t kRowsPerRead = 1000;
constexpr size_t kEventOverheadBytes = 26;
constexpr size_t kBatchBytesMax = 1'048'576;
constexpr int64_t kDayMs = 24 * 3600 * 1000;

// Where a reader stands, as its token says it: behind everything before (time, number).
struct Position {
  int64_t time_ms = 0;
  uint64_t number = 0;
};

std::string digits(Position at) {
  return fmt::format("{:020}{:036}", at.time_ms, at.number);
}

std::optional<Position> position_of(std::string_view text) {
  if (text.size() != 56 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return Position{.time_ms = std::strtoll(std::string(text.substr(0, 20)).c_str(), nullptr, 10),
                  .number = std::strtoull(std::string(text.substr(20)).c_str(), nullptr, 10)};
}

Error bad_token() {
  return errors::invalid_parameter_exception("The specified nextToken is invalid.");
}

Status check_batch(const std::vector<api::logs::InputLogEvent>& events) {
  size_t bytes = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    bytes += events[i].message.size() + kEventOverheadBytes;
    if (i > 0 && events[i].timestamp < events[i - 1].timestamp) {
      return fail(errors::invalid_parameter_exception(
          "Log events in a single PutLogEvents request must be in chronological order."));
    }
  }
  if (bytes > kBatchBytesMax) {
    return fail(errors::invalid_parameter_exception(
        fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kBatchBytesMax)));
  }
  if (!events.empty() && events.back().timestamp - events.front().timestamp > kDayMs) {
    return fail(errors::invalid_parameter_exception(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."));
  }
  return {};
}

}  // namespace

Async<api::logs::PutLogEventsResponse> Logs::put_events(const Call& call,
                                                        api::logs::PutLogEventsRequest input) {
  TRY_VOID(check_batch(input.log_events));
  const int64_t now_ms = epoch_ms(clock_.now());
  api::logs::PutLogEventsResponse out{.next_sequence_token = fmt::format("{:056}", ingest_.next_number())};
  std::vector<Event> events;
  api::logs::RejectedLogEventsInfo rejected;
  for (size_t i = 0; i < input.log_events.size(); ++i) {
    auto& event = input.log_events[i];
    if (event.timestamp < now_ms - 14 * kDayMs) {
      rejected.too_old_log_event_end_index = static_cast<int32_t>(i + 1);
    } else if (event.timestamp > now_ms + 2 * 3600 * 1000) {
      if (!rejected.too_new_log_event_start_index)
        rejected.too_new_log_event_start_index = static_cast<int32_t>(i);
    } else {
      events.push_back({.time_ms = event.timestamp,
                        .number = ingest_.next_number(),
                        .stream = input.log_stream_name,
                        .ingested_ms = now_ms,
                        .message = std::move(event.message)});
    }
  }
  if (rejected.too_old_log_event_end_index || rejected.too_new_log_event_start_index) {
    out.rejected_log_events_info = rejected;
  }
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(input.log_group_name)));
    if (!has_group) co_return group_not_found();
    TRY(const bool has_stream,
        co_await tables.streams.contains(Key(input.log_group_name, input.log_stream_name)));
    if (!has_stream)
      co_return errors::resource_not_found_exception("The specified log stream does not exist.");
    TRY_VOID(co_await save_events(tx, call.account, call.region, input.log_group_name, input.log_stream_name,
                                  events, now_ms));
    co_return true;
  };
  TRY(const bool saved, co_await store_.transact(body));
  (void)saved;
  co_return out;
}

Async<api::logs::GetLogEventsResponse> Logs::get_events(const Call& call,
                                                        api::logs::GetLogEventsRequest input) {
  TRY(const std::string group, group_named(input.log_group_name, input.log_group_identifier));
  const auto limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kEventsPageMax)));
  EventRange range{.begin_ms = input.start_time.value_or(0), .end_ms = input.end_time.value_or(INT64_MAX)};
  range.reverse = !input.start_from_head.value_or(false);
  std::optional<Position> from;
  if (input.next_token) {
    const std::string_view token = *input.next_token;
    if (token.size() == 60) from = position_of(token.substr(2, 56));
    if (!from || !(token.starts_with("f/") || token.starts_with("b/"))) co_return bad_token();
    range.reverse = token[0] == 'b';
    (range.reverse ? range.end_ms : range.begin_ms) = from->time_ms;
    (range.reverse ? range.end_number : range.begin_number) = from->number;
  }
  auto body = [&](store::Transaction& tx) -> Async<std::vector<Event>> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(group)));
    if (!has_group) co_return group_not_found();
    TRY(const auto stream, co_await tables.streams.get(Key(group, input.log_stream_name)));
    if (!stream) co_return errors::resource_not_found_exception("The specified log stream does not exist.");
    EventRange left = range;
    left.begin_ms = std::max(left.begin_ms, stream->first_ms);
    left.end_ms = std::min(left.end_ms, stream->last_ms + 1);
    std::vector<Event> found;
    for (size_t bytes = 0; left.begin_ms < left.end_ms || left.begin_number < left.end_number;) {
      TRY(auto page,
          co_await read_events(tx, Tables::events(call.account, call.region, group), left, kRowsPerRead));
      if (left.reverse) std::ranges::reverse(page.events);
      for (Event& event : page.events) {
        left.reverse ? (left.end_ms = event.time_ms, left.end_number = event.number)
                     : (left.begin_ms = event.time_ms, left.begin_number = event.number + 1);
        if (event.stream != input.log_stream_name) continue;
        if (found.size() == limit || bytes > kPageBytesMax) co_return found;
        bytes += event.message.size();
        found.push_back(std::move(event));
      }
      if (!page.more) break;
    }
    co_return found;
  };
  TRY(auto events, co_await store_.read(body));
  if (range.reverse) std::ranges::reverse(events);
  api::logs::GetLogEventsResponse out;
  out.events.emplace();
  Position first = from.value_or(Position{range.begin_ms, 0});
  Position last = first;
  if (!events.empty()) {
    first = {events.front().time_ms, events.front().number};
    last = {events.back().time_ms, events.back().number + 1};
  }
  for (Event& event : events) {
    out.events->push_back({.timestamp = event.time_ms,
                           .message = std::move(event.message),
                           .ingestion_time = event.ingested_ms});
  }
  out.next_forward_token = "f/" + digits(last) + "/s";
  out.next_backward_token = "b/" + digits(first) + "/s";
  co_return out;
}

Async<api::logs::FilterLogEventsResponse> Logs::filter_events(const Call& call,
                                                              api::logs::FilterLogEventsRequest input) {
  TRY(const std::string group, group_named(input.log_group_name, input.log_group_identifier));
  if (input.log_stream_names && input.log_stream_name_prefix) {
    co_return errors::invalid_parameter_exception(
        "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  }
  TRY(const Terms terms, Terms::parse(input.filter_pattern.value_or("")));
  const auto limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kEventsPageMax)));
  EventRange range{.begin_ms = input.start_time.value_or(0), .end_ms = input.end_time.value_or(INT64_MAX)};
  if (input.next_token) {
    const auto from = position_of(*input.next_token);
    if (!from) co_return bad_token();
    range.begin_ms = from->time_ms;
    range.begin_number = from->number;
  }
  std::set<std::string> names;
  if (input.log_stream_names) names.insert(input.log_stream_names->begin(), input.log_stream_names->end());
  const std::string prefix = input.log_stream_name_prefix.value_or("");

  auto body = [&](store::Transaction& tx) -> Async<api::logs::FilterLogEventsResponse> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(group)));
    if (!has_group) co_return group_not_found();
    api::logs::FilterLogEventsResponse out;
    out.events.emplace();
    out.searched_log_streams.emplace();
    EventRange left = range;
    for (size_t bytes = 0;;) {
      TRY(auto page,
          co_await read_events(tx, Tables::events(call.account, call.region, group), left, kRowsPerRead));
      for (Event& event : page.events) {
        if (out.events->size() == limit || bytes > kPageBytesMax) {
          out.next_token = digits({event.time_ms, event.number});
          co_return out;
        }
        left.begin_ms = event.time_ms;
        left.begin_number = event.number + 1;
        if ((!names.empty() && !names.contains(event.stream)) || !event.stream.starts_with(prefix)) continue;
        if (!terms.match(event.message)) continue;
        bytes += event.message.size();
        out.events->push_back({.log_stream_name = std::move(event.stream),
                               .timestamp = event.time_ms,
                               .message = std::move(event.message),
                               .ingestion_time = event.ingested_ms,
                               .event_id = digits({event.time_ms, event.number})});
      }
      if (!page.more) co_return out;
    }
  };
  co_return co_await store_.read(body);
}

}  // namespace hearth::services::logs
