// Promise: each record of a stream comes to its function at least once and in order, over failures, windows,
// lanes and crashes.
#include "services/lambda/stream_lane.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "delivery/target.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::lambda {
namespace {

using namespace std::chrono_literals;

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }
  void set(int64_t ms) { now_ = from_epoch_ms(ms); }

 private:
  TimePoint now_ = from_epoch_ms(1'700'000'000'000);
};

// One shard in memory. A record's position is its number, of three digits.
class FakeSource final : public delivery::StreamSource {
 public:
  explicit FakeSource(store::Store& store) : store_(store) {}

  void add(const std::string& key, const std::string& data, TimePoint arrived) {
    const std::string number = fmt::format("{:03}", ++count_);
    rows_.push_back({key, {.sequence_number = number, .arrived = arrived, .event = {{"data", data}}}});
  }
  void close() { closed_ = true; }

  delivery::StreamTraits traits() const override { return {.batch_info = "FakeBatchInfo"}; }
  Async<void> check(delivery::Sender, std::string) override { co_return {}; }
  Async<std::vector<delivery::StreamShard>> shards(std::string) override {
    co_return std::vector<delivery::StreamShard>{{.id = "s"}};
  }
  Async<std::string> begin(std::string, std::string, delivery::StreamStart) override { co_return ""; }
  Async<delivery::StreamPage> read(delivery::StreamRead read) override {
    delivery::StreamPage page{.position = read.position};
    for (const auto& [key, record] : rows_) {
      if (record.sequence_number <= read.position) continue;
      if (page.records.size() == read.records_max) {
        page.more = true;
        break;
      }
      page.position = record.sequence_number;
      if (!read.wants || read.wants(key)) page.records.push_back(record);
    }
    page.ended = closed_ && !page.more;
    co_return page;
  }
  Async<store::Watch> watch(std::string, std::string) override { co_return store_.watch("fake"); }

 private:
  store::Store& store_;
  std::vector<std::pair<std::string, delivery::StreamRecord>> rows_;
  int count_ = 0;
  bool closed_ = false;
};

class StreamLaneTest : public testing::Test {
 protected:
  StreamWork make() {
    return {.ref = {"000000000000", "us-east-1", "u"},
            .mapping = mapping,
            .function = {.account = "000000000000", .region = "us-east-1", .name = "f", .qualifier = {}},
            .filters = {},
            .store = *store,
            .clock = clock,
            .random = system_random(),
            .source = source,
            .ready = []() -> Async<std::string> { co_return "arn:aws:iam::000000000000:role/r"; },
            .invoke = [this](std::string, std::string payload) { return invoke(std::move(payload)); },
            .fence = [](store::Transaction&) {},
            .tell = [this](store::Transaction&, delivery::Delivery one) { told.push_back(std::move(one)); }};
  }

  // What the function got, one text an invoke; it fails where `fails` says so.
  Async<execution::Outcome> invoke(std::string payload) {
    const json::value event = parse_json(payload).value();
    std::string texts;
    for (const auto& record : event.at("Records").as_array())
      texts += std::string(record.at("data").as_string());
    std::string seen = texts;
    execution::Outcome outcome{.payload = "null", .executed_version = "$LATEST"};
    if (const auto* window = event.as_object().if_contains("window")) {
      const std::string state(event.at("state").as_object().contains("sum")
                                  ? std::string(event.at("state").at("sum").as_string())
                                  : std::string());
      seen += fmt::format("@{}({})", std::string(window->at("start").as_string()).substr(14, 5), state);
      if (event.at("isFinalInvokeForWindow").as_bool()) seen += "!";
      outcome.payload = to_text(json::object{{"state", {{"sum", state + texts}}}});
    }
    if (throttles > 0) {
      --throttles;
      co_return fail("TooManyRequestsException", "Rate Exceeded.");
    }
    got.push_back(seen);
    if (answers) {
      const auto answer = answers(texts);
      outcome.function_error = !answer;
      outcome.payload = answer ? (answer->empty() ? outcome.payload : *answer) : "{}";
    }
    co_return outcome;
  }

  // A lane as of what the store has, until `done`, or for the time.
  void work(std::function<bool()> done, uint64_t number = 0, std::chrono::milliseconds time = 5s) {
    StreamWork shared = make();
    StreamLane lane(shared, "s", number, stored(number));
    auto body = [&]() -> Task<void> {
      lane.start([] {});
      const SteadyTime end = loop.now() + time;
      while (!done() && loop.now() < end) co_await io::sleep_for(5ms);
      lane.stop();
      while (lane.runs()) co_await io::sleep_for(1ms);
    };
    loop.run_until_done(body());
    EXPECT_TRUE(done());
  }
  LaneRecord stored(uint64_t number = 0) {
    auto body = [&](store::Transaction& tx) -> Async<LaneRecord> {
      TRY(auto record, co_await lanes_of(tx, "u").get(store::Key("s", number)));
      LaneRecord first;
      first.lanes = static_cast<uint64_t>(mapping.lanes);
      co_return record.value_or(first);
    };
    return store::testing::run(loop, store->read(body)).value();
  }
  std::string joined() const {
    std::string text;
    for (const std::string& one : got) text += (text.empty() ? "" : " ") + one;
    return text;
  }
  void put(const std::string& data, std::string key = "k") { source.add(key, data, clock.now()); }

  store::testing::TemporaryFolder folder;
  io::Loop loop;
  SetClock clock;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  FakeSource source{*store};
  MappingRecord mapping{.source_arn = "arn:aws:fake:us-east-1:000000000000:s",
                        .function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f",
                        .batch_size = 3,
                        .start = "TRIM_HORIZON"};
  std::vector<std::string> got;
  std::vector<delivery::Delivery> told;
  int throttles = 0;
  // Nothing is an error of the function, an empty text its usual answer.
  std::function<std::optional<std::string>(const std::string&)> answers;
};

TEST_F(StreamLaneTest, BatchesAreFullWhereThereIsEnoughAndTheLastIsNotMadeToWait) {
  for (const char* one : {"a", "b", "c", "d", "e"}) put(one);
  work([&] { return got.size() == 2; });
  EXPECT_EQ(joined(), "abc de");
  EXPECT_EQ(stored().position, "005");
}

TEST_F(StreamLaneTest, AWindowGathers) {
  mapping.window_seconds = 1;
  put("a");
  StreamWork shared = make();
  StreamLane lane(shared, "s", 0, {});
  auto body = [&]() -> Task<void> {
    lane.start([] {});
    co_await io::sleep_for(100ms);
    put("b");
    while (got.empty()) co_await io::sleep_for(5ms);
    lane.stop();
    while (lane.runs()) co_await io::sleep_for(1ms);
  };
  const SteadyTime begin = loop.now();
  loop.run_until_done(body());
  EXPECT_EQ(joined(), "ab");
  EXPECT_GE(loop.now() - begin, 950ms);
}

TEST_F(StreamLaneTest, WhatIsOverIsNotSeenAgainAndWhatIsNotIs) {
  for (const char* one : {"a", "b", "c", "d"}) put(one);
  bool fails = true;
  answers = [&](const std::string& texts) -> std::optional<std::string> {
    return texts == "d" && fails ? std::nullopt : std::optional<std::string>("");
  };
  work([&] { return got.size() == 3; });
  EXPECT_EQ(joined(), "abc d d");
  EXPECT_EQ(stored().position, "003");
  got.clear();
  fails = false;
  work([&] { return !got.empty(); });  // as after a crash
  EXPECT_EQ(joined(), "d");
}

TEST_F(StreamLaneTest, AFailureBlocksWhatComesBehindIt) {
  mapping.batch_size = 1;
  put("a");
  put("b");
  int failures = 2;
  answers = [&](const std::string&) -> std::optional<std::string> {
    return failures-- > 0 ? std::nullopt : std::optional<std::string>("");
  };
  work([&] { return got.size() == 4; });
  EXPECT_EQ(joined(), "a a a b");
}

TEST_F(StreamLaneTest, ThrottlesWaitAndAreNoRetries) {
  mapping.retries_max = 0;
  put("a");
  throttles = 2;
  work([&] { return !got.empty(); });
  EXPECT_EQ(joined(), "a");
  EXPECT_TRUE(told.empty());
}

TEST_F(StreamLaneTest, GivenUpRecordsAreToldWithTheirEnd) {
  mapping.retries_max = 1;
  mapping.on_failure = "arn:aws:sqs:us-east-1:000000000000:q";
  for (const char* one : {"a", "b", "c", "d"}) put(one);
  answers = [](const std::string& texts) -> std::optional<std::string> {
    return texts == "abc" ? std::nullopt : std::optional<std::string>("");
  };
  work([&] { return got.size() == 3; });
  EXPECT_EQ(joined(), "abc abc d");
  ASSERT_EQ(told.size(), 1u);
  const json::value record = parse_json(told[0].body).value();
  EXPECT_EQ(record.at("requestContext").at("condition").as_string(), "RetryAttemptsExhausted");
  EXPECT_EQ(record.at("requestContext").at("approximateInvokeCount").as_int64(), 2);
  EXPECT_EQ(record.at("responseContext").at("functionError").as_string(), "Unhandled");
  const json::value& batch = record.at("FakeBatchInfo");
  EXPECT_EQ(batch.at("startSequenceNumber").as_string(), "001");
  EXPECT_EQ(batch.at("endSequenceNumber").as_string(), "003");
  EXPECT_EQ(batch.at("batchSize").as_int64(), 3);
  EXPECT_FALSE(record.as_object().contains("payload"));
}

TEST_F(StreamLaneTest, WhatIsGivenUpIsOverAlsoWhereNobodyIsTold) {
  mapping.retries_max = 0;
  put("a");
  answers = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  work([&] { return stored().position == "001"; });
  EXPECT_EQ(joined(), "a");
}

TEST_F(StreamLaneTest, OldRecordsAreGivenUpUntried) {
  mapping.age_seconds_max = 60;
  mapping.on_failure = "arn:aws:s3:::b";
  put("a");
  clock.set(epoch_ms(clock.now()) + 61'000);
  put("b");
  work([&] { return !got.empty(); });
  EXPECT_EQ(joined(), "b");
  ASSERT_EQ(told.size(), 1u);
  const json::value record = parse_json(told[0].body).value();
  EXPECT_EQ(record.at("requestContext").at("condition").as_string(), "RecordAgeExceeded");
  EXPECT_EQ(record.at("requestContext").at("approximateInvokeCount").as_int64(), 0);
  EXPECT_FALSE(record.as_object().contains("responseContext"));
  EXPECT_EQ(record.at("payload").as_string(), R"({"Records":[{"data":"a"}]})");
  EXPECT_TRUE(told[0].key.starts_with("aws/lambda/u/s/20"));
}

TEST_F(StreamLaneTest, ReportedFailuresAreTheNewBeginning) {
  mapping.reports_failures = true;
  for (const char* one : {"a", "b", "c"}) put(one);
  int tries = 0;
  answers = [&](const std::string&) -> std::optional<std::string> {
    if (++tries == 1) return R"({"batchItemFailures":[{"itemIdentifier":"003"},{"itemIdentifier":"002"}]})";
    if (tries == 2) return "no report";
    return R"({"batchItemFailures":[]})";
  };
  work([&] { return got.size() == 3; });
  EXPECT_EQ(joined(), "abc bc bc");
  EXPECT_EQ(stored().position, "003");
}

TEST_F(StreamLaneTest, LanesShareAShardByKeys) {
  mapping.lanes = 3;
  mapping.batch_size = 1;
  for (int i = 0; i < 30; ++i)
    put(fmt::format("{}{} ", static_cast<char>('a' + i % 10), i / 10), fmt::format("{}", i % 10));
  source.close();
  for (uint64_t lane = 0; lane < 3; ++lane) {
    const size_t before = got.size();
    work([&] { return stored(lane).ended; }, lane);
    EXPECT_GT(got.size(), before) << "a lane without keys tests nothing";
  }
  EXPECT_EQ(got.size(), 30u);
  for (char key = 'a'; key < 'k'; ++key) {
    std::string order;
    for (const std::string& one : got) {
      if (one[0] == key) order += one[1];
    }
    EXPECT_EQ(order, "012");
  }
}

TEST_F(StreamLaneTest, TheEndOfAShardIsReachedBehindItsLastRecord) {
  put("a");
  source.close();
  work([&] { return stored().ended; });
  EXPECT_EQ(joined(), "a");
}

TEST_F(StreamLaneTest, EventsStayBelowTheirLimit) {
  mapping.batch_size = 100;
  for (const char one : std::string("abcdefgh")) put(std::string(size_t{1} << 20, one));
  work([&] { return stored().position == "008"; });
  EXPECT_EQ(got.size(), 2u);
  EXPECT_LT(got[0].size(), size_t{6} << 20);
}

TEST_F(StreamLaneTest, TumblingWindowsHandTheirStateOnAndEnd) {
  mapping.tumbling_seconds = 60;
  mapping.batch_size = 2;
  clock.set(1'700'000'040'000);  // a minute's beginning: 22:14
  for (const char* one : {"a", "b", "c"}) put(one);
  clock.set(1'700'000'040'000 + 65'000);
  put("d");
  work([&] { return got.size() == 4; });
  EXPECT_EQ(joined(), "ab@14:00() c@14:00(ab) @14:00(abc)! d@15:00()");
  got.clear();
  EXPECT_TRUE(stored().window_begin);
  clock.set(1'700'000'040'000 + 121'000);  // ends by time alone, after a crash too
  work([&] { return !got.empty(); });
  EXPECT_EQ(joined(), "@15:00(d)!");
  EXPECT_FALSE(stored().window_begin);
}

TEST_F(StreamLaneTest, AStateThatGrowsTooLargeEndsItsWindow) {
  mapping.tumbling_seconds = 60;
  mapping.batch_size = 1;
  clock.set(1'700'000'040'000);
  put("a");
  put("b");
  const std::string large(size_t{1} << 20, 'x');
  answers = [&](const std::string& texts) -> std::optional<std::string> {
    if (texts == "a") return R"({"state":{"sum":")" + large + R"("}})";
    return "";
  };
  work([&] { return got.size() == 3; });
  EXPECT_EQ(got[0], "a@14:00()");
  EXPECT_EQ(got[1], "@14:00(" + large + ")!");
  EXPECT_EQ(got[2], "b@14:00()");
}

TEST_F(StreamLaneTest, AFailingEndOfAWindowIsGivenUpWithItsState) {
  mapping.tumbling_seconds = 60;
  mapping.retries_max = 1;
  clock.set(1'700'000'040'000);
  put("a");
  source.close();
  answers = [&](const std::string& texts) -> std::optional<std::string> {
    return texts.empty() ? std::nullopt : std::optional<std::string>("");
  };
  work([&] { return stored().ended; });
  EXPECT_EQ(joined(), "a@14:00() @14:00(a)! @14:00(a)!");
  EXPECT_FALSE(stored().window_begin);
}

TEST_F(StreamLaneTest, WhoLostTheLeaseStopsAndWritesNothing) {
  put("a");
  StreamWork shared = make();
  const store::Lease lost{.name = "l", .holder = "another", .epoch = 1};
  shared.fence = [&](store::Transaction& tx) { tx.fence(lost); };
  StreamLane lane(shared, "s", 0, {});
  auto body = [&]() -> Task<void> {
    lane.start([] {});
    while (lane.runs()) co_await io::sleep_for(1ms);
  };
  loop.run_until_done(body());
  EXPECT_EQ(joined(), "a");
  EXPECT_FALSE(lane.ended());
  EXPECT_EQ(stored().position, "");
}

}  // namespace
}  // namespace hearth::services::lambda
