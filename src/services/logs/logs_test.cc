// Promise: your AWS code runs unchanged. Readers of logs see every event once, in order, and learn when they
// are at the end.
#include "services/logs/logs.h"

#include <gmock/gmock.h>

#include "services/logs/retention.h"
#include "services/logs/testing.h"

namespace hearth::services::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kNowMs = 1'800'000'000'000;
constexpr int64_t kDayMs = 24 * 3600 * 1000;

class ServiceTest : public LogsTest {
 protected:
  ServiceTest() { clock.set(kNowMs); }

  template <typename Output, typename Input>
  Output call(Async<Output> (Logs::*handler)(const wire::Call&, Input), Input input) {
    auto answer = run((service.*handler)(who, std::move(input)));
    EXPECT_TRUE(answer) << answer.error().message;
    return std::move(answer).value_or(Output());
  }
  template <typename Output, typename Input>
  std::string error(Async<Output> (Logs::*handler)(const wire::Call&, Input), Input input) {
    auto answer = run((service.*handler)(who, std::move(input)));
    return answer ? "none" : answer.error().code + ": " + answer.error().message;
  }
  std::vector<std::string> texts(const auto& events) {
    std::vector<std::string> out;
    for (const auto& event : *events) out.push_back(*event.message);
    return out;
  }
  api::logs::GetLogEventsResponse get(api::logs::GetLogEventsRequest input) {
    input.log_group_name = "g";
    input.log_stream_name = "s";
    return call(&Logs::get_events, std::move(input));
  }
  api::logs::FilterLogEventsResponse filter(api::logs::FilterLogEventsRequest input) {
    input.log_group_name = "g";
    return call(&Logs::filter_events, std::move(input));
  }

  wire::Call who{.account = account, .region = region};
  Ingest ingest{*store, clock};
  Logs service{*store, ingest, clock};
};

TEST_F(ServiceTest, forward_tokens_go_to_the_end_and_repeat_there) {
  for (int i = 0; i < 5; ++i) write("g", "s", kNowMs + i / 2, std::to_string(i));
  write("g", "other", kNowMs + 1, "not this");
  auto page = get({.limit = 2, .start_from_head = true});
  EXPECT_THAT(texts(page.events), ElementsAre("0", "1"));
  page = get({.next_token = page.next_forward_token, .limit = 2, .start_from_head = true});
  EXPECT_THAT(texts(page.events), ElementsAre("2", "3"));
  page = get({.next_token = page.next_forward_token, .limit = 2, .start_from_head = true});
  EXPECT_THAT(texts(page.events), ElementsAre("4"));
  const auto end = get({.next_token = page.next_forward_token, .start_from_head = true});
  EXPECT_THAT(texts(end.events), IsEmpty());
  EXPECT_EQ(end.next_forward_token, page.next_forward_token);
  write("g", "s", kNowMs + 9, "new");
  EXPECT_THAT(texts(get({.next_token = end.next_forward_token}).events), ElementsAre("new"));
}

TEST_F(ServiceTest, backward_tokens_go_to_the_beginning_and_repeat_there) {
  for (int i = 0; i < 5; ++i) write("g", "s", kNowMs + i / 2, std::to_string(i));
  auto page = get({.limit = 2});
  EXPECT_THAT(texts(page.events), ElementsAre("3", "4"));
  const auto newest = page;
  page = get({.next_token = page.next_backward_token, .limit = 2});
  EXPECT_THAT(texts(page.events), ElementsAre("1", "2"));
  const auto forward = get({.next_token = page.next_forward_token, .limit = 2});
  EXPECT_EQ(texts(forward.events), texts(newest.events));
  page = get({.next_token = page.next_backward_token, .limit = 2});
  EXPECT_THAT(texts(page.events), ElementsAre("0"));
  const auto end = get({.next_token = page.next_backward_token});
  EXPECT_THAT(texts(end.events), IsEmpty());
  EXPECT_EQ(end.next_backward_token, page.next_backward_token);
}

TEST_F(ServiceTest, the_start_is_part_of_a_span_and_the_end_is_not) {
  for (int i = 0; i < 4; ++i) write("g", "s", kNowMs + i, std::to_string(i));
  EXPECT_THAT(texts(get({.start_time = kNowMs + 1, .end_time = kNowMs + 3}).events), ElementsAre("1", "2"));
  EXPECT_THAT(texts(filter({.start_time = kNowMs + 1, .end_time = kNowMs + 3}).events),
              ElementsAre("1", "2"));
  EXPECT_THAT(texts(get({.start_time = kNowMs + 3, .end_time = kNowMs + 1}).events), IsEmpty());
  EXPECT_THAT(texts(filter({.start_time = kNowMs + 3, .end_time = kNowMs + 1}).events), IsEmpty());
}

TEST_F(ServiceTest, a_search_goes_through_all_streams_by_time) {
  write("g", "a", kNowMs + 2, "third");
  write("g", "b", kNowMs + 1, "second");
  write("g", "a", kNowMs, "first");
  auto page = filter({.limit = 2});
  EXPECT_THAT(texts(page.events), ElementsAre("first", "second"));
  EXPECT_THAT(*page.searched_log_streams, IsEmpty());
  page = filter({.next_token = page.next_token, .limit = 2});
  EXPECT_THAT(texts(page.events), ElementsAre("third"));
  EXPECT_FALSE(page.next_token);
  EXPECT_THAT(texts(filter({.log_stream_names = {{"b"}}}).events), ElementsAre("second"));
  EXPECT_THAT(texts(filter({.log_stream_name_prefix = "a"}).events), ElementsAre("first", "third"));
  EXPECT_EQ(error(&Logs::filter_events, {.log_group_name = "g", .log_stream_names = {{"a", "never"}}}),
            "ResourceNotFoundException: The specified log stream does not exist.");
}

TEST_F(ServiceTest, a_page_has_at_most_a_megabyte) {
  const std::string text(400'000, 'x');
  for (int i = 0; i < 5; ++i) write("g", "s", kNowMs, text);
  auto page = filter({});
  EXPECT_EQ(page.events->size(), 2u);
  EXPECT_EQ(filter({.next_token = page.next_token}).events->size(), 2u);
  const auto head = get({.start_from_head = true});
  EXPECT_EQ(head.events->size(), 2u);
  EXPECT_EQ(get({.next_token = head.next_forward_token}).events->size(), 2u);
  EXPECT_EQ(get({}).events->size(), 2u);
}

TEST_F(ServiceTest, the_longest_event_is_read_whole_from_both_sides) {
  write("g", "s", kNowMs, "before");
  const std::string longest(1'048'576 - 26, 'x');
  write("g", "s", kNowMs, longest);
  write("g", "s", kNowMs, "after");
  for (const bool from_head : {true, false}) {
    std::vector<std::string> seen;
    std::optional<std::string> token;
    for (int page = 0; page < 4; ++page) {
      const auto answer = get({.next_token = token, .start_from_head = from_head});
      const auto read = texts(answer.events);
      seen.insert(from_head ? seen.end() : seen.begin(), read.begin(), read.end());
      token = from_head ? answer.next_forward_token : answer.next_backward_token;
    }
    EXPECT_TRUE(seen == (std::vector<std::string>{"before", longest, "after"})) << from_head;
  }
}

TEST_F(ServiceTest, a_token_of_before_the_first_event_finds_all_that_are_left) {
  write("g", "s", kNowMs, "new");
  write("g", "s", kNowMs - 2 * kDayMs, "old, and written last");
  const auto page = get({.limit = 1, .start_from_head = true});
  keep_days("g", 1);
  ASSERT_TRUE(run(Retention(*store, clock).expire()));
  EXPECT_THAT(texts(get({.next_token = page.next_forward_token}).events), ElementsAre("new"));
}

TEST_F(ServiceTest, events_out_of_their_time_are_counted_and_left_out) {
  write("g", "s", kNowMs, "before");
  keep_days("g", 3);
  const auto answer =
      call(&Logs::put_events, {.log_group_name = "g",
                               .log_stream_name = "s",
                               .log_events = {{.timestamp = kNowMs - 3 * kDayMs - 1, .message = "a"},
                                              {.timestamp = kNowMs - 3 * kDayMs, .message = "b"}}});
  ASSERT_TRUE(answer.rejected_log_events_info);
  EXPECT_EQ(answer.rejected_log_events_info->expired_log_event_end_index, 1);
  EXPECT_FALSE(answer.rejected_log_events_info->too_old_log_event_end_index);
  const auto late =
      call(&Logs::put_events, {.log_group_name = "g",
                               .log_stream_name = "s",
                               .log_events = {{.timestamp = kNowMs + 2 * 3600 * 1000, .message = "c"},
                                              {.timestamp = kNowMs + 2 * 3600 * 1000 + 1, .message = "d"}}});
  EXPECT_EQ(late.rejected_log_events_info->too_new_log_event_start_index, 1);
  keep_days("g", 30);
  const auto old =
      call(&Logs::put_events, {.log_group_name = "g",
                               .log_stream_name = "s",
                               .log_events = {{.timestamp = kNowMs - 14 * kDayMs - 1, .message = "e"}}});
  EXPECT_EQ(old.rejected_log_events_info->too_old_log_event_end_index, 1);
  EXPECT_THAT(messages("g"), ElementsAre("b", "before", "c"));
}

TEST_F(ServiceTest, a_deleted_stream_takes_its_events_along_and_no_others) {
  const std::string text(100'000, 'x');
  for (int i = 0; i < 40; ++i) {
    write("g", "s", kNowMs + i, text);
    write("g", "other", kNowMs + i, "stays");
  }
  call(&Logs::delete_stream, {.log_group_name = "g", .log_stream_name = "s"});
  EXPECT_FALSE(stream("g", "s"));
  EXPECT_EQ(messages("g"), std::vector<std::string>(40, "stays"));
  EXPECT_EQ(error(&Logs::delete_stream, {.log_group_name = "g", .log_stream_name = "s"}),
            "ResourceNotFoundException: The specified log stream does not exist.");
}

TEST_F(ServiceTest, streams_in_both_orders_and_both_directions_page_by_page) {
  write("g", "a", kNowMs + 3, "x");
  write("g", "b", kNowMs + 1, "x");
  write("g", "c", kNowMs + 2, "x");
  auto names = [&](std::optional<std::string> order, bool descending) {
    std::vector<std::string> out;
    for (std::optional<std::string> token;;) {
      auto page = call(&Logs::describe_streams, {.log_group_name = "g",
                                                 .order_by = order,
                                                 .descending = descending,
                                                 .next_token = token,
                                                 .limit = 2});
      for (const auto& stream : *page.log_streams) out.push_back(*stream.log_stream_name);
      if (!(token = page.next_token)) return out;
    }
  };
  EXPECT_THAT(names({}, false), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("LogStreamName", true), ElementsAre("c", "b", "a"));
  EXPECT_THAT(names("LastEventTime", false), ElementsAre("b", "c", "a"));
  EXPECT_THAT(names("LastEventTime", true), ElementsAre("a", "c", "b"));
}

}  // namespace
}  // namespace hearth::services::logs
