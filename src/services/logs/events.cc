// Writing and reading the events of CloudWatch Logs.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "services/logs/logs.h"
#include "services/logs/names.h"
#include "services/logs/retention.h"
#include "services/logs/terms.h"
#include "services/logs/tokens.h"
#include "wire/not_implemented.h"

namespace hearth::services::logs {
namespace {

namespace errors = api::logs::errors;
using store::Key;

constexpr int32_t kEventsPageMax = 10'000;
constexpr size_t kPageBytesMax = 1024 * 1024;
constexpr size_t kRowsPerRead = 1000;
constexpr size_t kReadsPerSearch = 100;
constexpr size_t kEventOverheadBytes = 26;
constexpr size_t kBatchBytesMax = 1'048'576;
constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kOldestMs = 14 * kDayMs;
constexpr int64_t kNewestMs = 2 * 3600 * 1000;

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

// What of a range a stream can have events in.
EventRange within(EventRange range, const StreamRecord& stream) {
  if (range.begin_ms < stream.first_ms) {
    range.begin_ms = stream.first_ms;
    range.begin_number = 0;
  }
  if (range.end_ms > stream.last_ms) {
    range.end_ms = stream.last_ms + 1;
    range.end_number = 0;
  }
  return range;
}

// What a page of an answer holds.
struct Found {
  std::vector<Event> events;
  std::optional<Position> next;  // where to go on, when the events alone do not say it
  size_t bytes = 0;

  bool has_room_for(const Event& event, size_t count_max) const {
    return events.size() < count_max && (events.empty() || bytes + event.message.size() <= kPageBytesMax);
  }
  void add(Event event) {
    bytes += event.message.size();
    events.push_back(std::move(event));
  }
};

// One page of what `wanted` (const Event& -> bool) takes. It may have no events when they are far apart.
template <typename Wanted>
Async<Found> search(store::Transaction& tx, Key group, EventRange range, size_t limit, const Wanted& wanted) {
  Found found;
  for (size_t reads = 0; reads < kReadsPerSearch; ++reads) {
    TRY(auto page, co_await read_events(tx, group, range, kRowsPerRead));
    for (Event& event : page.events) {
      const bool matches = wanted(event);
      if (matches && !found.has_room_for(event, limit)) {
        found.next = {event.time_ms, event.number};
        co_return found;
      }
      range.begin_ms = event.time_ms;
      range.begin_number = event.number + 1;
      if (matches) found.add(std::move(event));
    }
    if (!page.more) co_return found;
  }
  found.next = {range.begin_ms, range.begin_number};
  co_return found;
}

// One page of a stream's events, in the order of time. It may have none when they are few among those of the
// group.
Async<Found> read_stream(store::Transaction& tx, Key group, EventRange range, std::string stream,
                         size_t limit) {
  Found found;
  bool more = true;
  for (size_t reads = 0; more && reads < kReadsPerSearch; ++reads) {
    TRY(auto page, co_await read_events(tx, group, range, kRowsPerRead));
    more = page.more;
    if (range.reverse) std::ranges::reverse(page.events);
    for (Event& event : page.events) {
      if (event.stream == stream && !found.has_room_for(event, limit)) {
        more = false;
        break;
      }
      (range.reverse ? range.end_ms : range.begin_ms) = event.time_ms;
      (range.reverse ? range.end_number : range.begin_number) = event.number + (range.reverse ? 0 : 1);
      if (event.stream == stream) found.add(std::move(event));
    }
  }
  if (more) {
    found.next = range.reverse ? Position{range.end_ms, range.end_number}
                               : Position{range.begin_ms, range.begin_number};
  }
  if (range.reverse) std::ranges::reverse(found.events);
  co_return found;
}

}  // namespace

Async<api::logs::PutLogEventsResponse> Logs::put_events(const Call& call,
                                                        api::logs::PutLogEventsRequest input) {
  TRY_VOID(check_batch(input.log_events));
  const int64_t now_ms = epoch_ms(clock_.now());
  const auto count_before = [&](int64_t time_ms) {
    return static_cast<size_t>(
        std::ranges::lower_bound(input.log_events, time_ms, {}, &api::logs::InputLogEvent::timestamp) -
        input.log_events.begin());
  };
  const size_t too_old = count_before(now_ms - kOldestMs);
  const size_t in_time = count_before(now_ms + kNewestMs + 1);
  std::vector<Event> events;
  for (auto& event : input.log_events) {
    events.push_back({.time_ms = event.timestamp,
                      .number = ingest_.next_number(),
                      .ingested_ms = now_ms,
                      .message = std::move(event.message)});
  }
  auto body = [&](store::Transaction& tx) -> Async<api::logs::RejectedLogEventsInfo> {
    Tables tables(tx, call.account, call.region);
    TRY(const auto group, co_await tables.groups.get(Key(input.log_group_name)));
    if (!group) co_return group_not_found();
    TRY(const bool has_stream,
        co_await tables.streams.contains(Key(input.log_group_name, input.log_stream_name)));
    if (!has_stream) co_return stream_not_found();
    api::logs::RejectedLogEventsInfo rejected;
    size_t first = too_old;
    if (too_old > 0) rejected.too_old_log_event_end_index = static_cast<int32_t>(too_old);
    if (in_time < events.size()) rejected.too_new_log_event_start_index = static_cast<int32_t>(in_time);
    if (group->retention_days) {
      const size_t expired = count_before(Retention::begin_ms(now_ms, *group->retention_days));
      if (expired > too_old) rejected.expired_log_event_end_index = static_cast<int32_t>(expired);
      first = std::max(first, expired);
    }
    if (first < in_time) {
      TRY_VOID(co_await save_events(tx, call.account, call.region, input.log_group_name,
                                    input.log_stream_name, std::span(events).subspan(first, in_time - first),
                                    now_ms));
    }
    co_return rejected;
  };
  TRY(auto rejected, co_await store_.transact(body));
  api::logs::PutLogEventsResponse out{.next_sequence_token = fmt::format("{:056}", ingest_.next_number())};
  // Entities are not kept; the answer has a place to say so without refusing the events.
  if (input.entity) {
    out.rejected_entity_info = api::logs::RejectedEntityInfo{.error_type = "UnsupportedLogGroupType"};
  }
  if (rejected.too_old_log_event_end_index || rejected.too_new_log_event_start_index ||
      rejected.expired_log_event_end_index) {
    out.rejected_log_events_info = rejected;
  }
  co_return out;
}

Async<api::logs::GetLogEventsResponse> Logs::get_events(const Call& call,
                                                        api::logs::GetLogEventsRequest input) {
  TRY(const std::string group, group_named(call, input.log_group_name, input.log_group_identifier));
  const auto limit = static_cast<size_t>(input.limit.value_or(kEventsPageMax));
  EventRange range{.begin_ms = input.start_time.value_or(0), .end_ms = input.end_time.value_or(INT64_MAX)};
  range.reverse = !input.start_from_head.value_or(false);
  // Without events, readers stay where they are.
  Position first{range.begin_ms, 0};
  if (input.next_token) {
    const auto cursor = Cursor::parse(*input.next_token);
    if (!cursor) co_return bad_token();
    first = cursor->at;
    range.reverse = cursor->backward;
    (range.reverse ? range.end_ms : range.begin_ms) = first.time_ms;
    (range.reverse ? range.end_number : range.begin_number) = first.number;
  }
  Position last = first;
  auto body = [&](store::Transaction& tx) -> Async<Found> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(group)));
    if (!has_group) co_return group_not_found();
    TRY(const auto stream, co_await tables.streams.get(Key(group, input.log_stream_name)));
    if (!stream) co_return stream_not_found();
    co_return co_await read_stream(tx, Tables::events(call.account, call.region, group),
                                   within(range, *stream), input.log_stream_name, limit);
  };
  TRY(Found found, co_await store_.read(body));
  if (!found.events.empty()) {
    first = {found.events.front().time_ms, found.events.front().number};
    last = {found.events.back().time_ms, found.events.back().number + 1};
  }
  if (found.next) (range.reverse ? first : last) = *found.next;
  api::logs::GetLogEventsResponse out{.next_forward_token = Cursor{.at = last}.token(),
                                      .next_backward_token = Cursor{.at = first, .backward = true}.token()};
  out.events.emplace();
  for (Event& event : found.events) {
    out.events->push_back({.timestamp = event.time_ms,
                           .message = std::move(event.message),
                           .ingestion_time = event.ingested_ms});
  }
  co_return out;
}

Async<api::logs::FilterLogEventsResponse> Logs::filter_events(const Call& call,
                                                              api::logs::FilterLogEventsRequest input) {
  TRY(const std::string group, group_named(call, input.log_group_name, input.log_group_identifier));
  if (input.log_stream_names && input.log_stream_name_prefix) {
    co_return errors::invalid_parameter_exception(
        "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  }
  if (!input.start_from_head.value_or(true)) {
    co_return wire::not_implemented("FilterLogEvents from the end (startFromHead false)");
  }
  TRY(const Terms terms, Terms::parse(input.filter_pattern.value_or("")));
  const auto limit = static_cast<size_t>(input.limit.value_or(kEventsPageMax));
  EventRange range{.begin_ms = input.start_time.value_or(0), .end_ms = input.end_time.value_or(INT64_MAX)};
  if (input.next_token) {
    const auto from = Position::parse(*input.next_token);
    if (!from) co_return bad_token();
    range.begin_ms = from->time_ms;
    range.begin_number = from->number;
  }
  std::set<std::string> names;
  if (input.log_stream_names) names.insert(input.log_stream_names->begin(), input.log_stream_names->end());
  const std::string prefix = input.log_stream_name_prefix.value_or("");
  auto wanted = [&](const Event& event) {
    return (names.empty() || names.contains(event.stream)) && event.stream.starts_with(prefix) &&
           terms.match(event.message);
  };
  auto body = [&](store::Transaction& tx) -> Async<Found> {
    Tables tables(tx, call.account, call.region);
    TRY(const bool has_group, co_await tables.groups.contains(Key(group)));
    if (!has_group) co_return group_not_found();
    for (const std::string& name : names) {
      TRY(const bool has_stream, co_await tables.streams.contains(Key(group, name)));
      if (!has_stream) co_return stream_not_found();
    }
    co_return co_await search(tx, Tables::events(call.account, call.region, group), range, limit, wanted);
  };
  TRY(Found found, co_await store_.read(body));
  api::logs::FilterLogEventsResponse out;
  if (found.next) out.next_token = found.next->digits();
  out.searched_log_streams.emplace();
  out.events.emplace();
  for (Event& event : found.events) {
    out.events->push_back({.log_stream_name = std::move(event.stream),
                           .timestamp = event.time_ms,
                           .message = std::move(event.message),
                           .ingestion_time = event.ingested_ms,
                           .event_id = Position{event.time_ms, event.number}.digits()});
  }
  co_return out;
}

}  // namespace hearth::services::logs
