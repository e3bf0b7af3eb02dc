// Promise: your AWS code runs unchanged.
// What reads the platform's log lines on the real service reads ours.
#include "execution/environment_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/json.h"

namespace hearth::execution {
namespace {

constexpr std::string_view kStream = "0123456789abcdef0123456789abcdef";

class FixedClock final : public Clock {
 public:
  TimePoint now() const override { return from_epoch_ms(1'769'860'800'123); }  // 2026-01-31T12:00:00.123Z
  SteadyTime steady_now() const override { return {}; }
};

class Lines final : public LogSink {
 public:
  std::unique_ptr<LogWriter> open(LogStream to) override {
    stream = std::move(to);
    return std::make_unique<Writer>(*this);
  }
  LogStream stream;
  std::vector<std::string> lines;

 private:
  struct Writer final : LogWriter {
    explicit Writer(Lines& to) : sink(to) {}
    void write(TimePoint, std::string line) override { sink.lines.push_back(std::move(line)); }
    Lines& sink;
  };
};

class PlatformLog : public ::testing::Test {
 protected:
  EnvironmentLog& log() {
    if (!log_) log_ = std::make_unique<EnvironmentLog>(config, sink, clock, kStream);
    return *log_;
  }
  std::string last() const { return sink.lines.empty() ? "(none)" : sink.lines.back(); }
  void as_json(LogLevel application, LogLevel system) {
    config.logs.format = LogFormat::kJson;
    config.logs.application_level = application;
    config.logs.system_level = system;
  }

  FunctionConfig config{.account = "123456789012",
                        .region = "eu-west-1",
                        .name = "f",
                        .version = "$LATEST",
                        .memory_mib = 128,
                        .logs = {.group = "/aws/lambda/f"}};
  Usage usage{
      .request_id = "id", .duration_ms = 3.0051, .billed_ms = 4, .memory_mib = 128, .memory_peak_mib = 36};
  Lines sink;
  FixedClock clock;

 private:
  std::unique_ptr<EnvironmentLog> log_;
};

TEST_F(PlatformLog, ARestoringIsToldLikeAnInit) {
  log().restore_start("python:3.12.v1", "arn");
  EXPECT_EQ(last(), "RESTORE_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn");
  log().restore_report(300.1, {});
  EXPECT_EQ(last(), "RESTORE_REPORT Restore Duration: 300.10 ms");
  log().restore_report(10000, {.status = Ending::Status::kTimeout});
  EXPECT_EQ(last(), "RESTORE_REPORT Restore Duration: 10000.00 ms\tStatus: timeout");
  usage.restore_ms = 300.1;
  log().end_and_report(usage, {}, {});
  EXPECT_TRUE(last().ends_with("\tRestore Duration: 300.10 ms\tBilled Restore Duration: 301 ms\t")) << last();
}

TEST_F(PlatformLog, ARestoringInJsonHasItsRecords) {
  as_json(LogLevel::kInfo, LogLevel::kDebug);
  log().restore_start("python:3.12.v1", "arn");
  EXPECT_NE(last().find("\"type\":\"platform.restoreStart\""), std::string::npos) << last();
  log().restore_report(300.1, {});
  ASSERT_EQ(sink.lines.size(), 3u);
  EXPECT_NE(sink.lines[1].find("\"platform.restoreRuntimeDone\",\"record\":{\"status\":\"success\"}"),
            std::string::npos)
      << sink.lines[1];
  EXPECT_NE(last().find("\"platform.restoreReport\""), std::string::npos) << last();
  usage.restore_ms = 300.1;
  log().end_and_report(usage, {}, {});
  EXPECT_NE(last().find("\"billedRestoreDurationMs\":301"), std::string::npos) << last();
}

TEST_F(PlatformLog, TheStreamNamesDayVersionAndEnvironment) {
  log().line(LineOf::kFunction, "x");
  EXPECT_EQ(sink.stream.group, "/aws/lambda/f");
  EXPECT_EQ(sink.stream.account, "123456789012");
  EXPECT_EQ(sink.stream.region, "eu-west-1");
  EXPECT_EQ(sink.stream.name, "2026/01/31/[$LATEST]" + std::string(kStream));
}

TEST_F(PlatformLog, InASharedGroupTheStreamNamesTheFunctionToo) {
  config.logs.shared_group = true;
  config.version = "7";
  EXPECT_EQ(log().stream_name(), "2026/01/31/f[7]" + std::string(kStream));
}

TEST_F(PlatformLog, AnInvokeAsText) {
  log().init_start("python:3.12", "arn:aws:lambda:eu-west-1::runtime:abc", false, "on-demand");
  log().start("id", {});
  log().line(LineOf::kFunction, "seen");
  log().end_and_report(usage, {}, {});
  EXPECT_EQ(sink.lines,
            (std::vector<std::string>{
                "INIT_START Runtime Version: python:3.12\tRuntime Version ARN: "
                "arn:aws:lambda:eu-west-1::runtime:abc",
                "START RequestId: id Version: $LATEST",
                "seen",
                "END RequestId: id",
                "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 "
                "MB\tMax Memory Used: 36 MB\t",
            }));
}

TEST_F(PlatformLog, TheFirstReportHasTheInitAndABadEndingItsStatus) {
  usage.init_ms = 110.1;
  log().end_and_report(usage, {}, {});
  EXPECT_TRUE(last().ends_with("\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t")) << last();
  usage.init_ms.reset();
  log().end_and_report(usage, {.status = Ending::Status::kTimeout, .error_type = ""}, {});
  EXPECT_TRUE(last().ends_with("\tMax Memory Used: 36 MB\tStatus: timeout\t")) << last();
  log().end_and_report(usage, {.status = Ending::Status::kError, .error_type = "Runtime.ExitError"}, {});
  EXPECT_TRUE(last().ends_with("\tStatus: error\tError Type: Runtime.ExitError\t")) << last();
}

TEST_F(PlatformLog, NamesTheTraceOfAnInvokeThatIsRecorded) {
  Trace trace = Trace::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
  log().end_and_report(usage, {}, trace);
  EXPECT_EQ(last().find("XRAY"), std::string::npos) << "the function has no segment of its own";
  trace.recorded = true;
  log().end_and_report(usage, {}, trace);
  EXPECT_TRUE(
      last().ends_with("Max Memory Used: 36 MB\t\nXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\t"
                       "SegmentId: 53995c3f42cd8ad8\tSampled: true\t"))
      << last();
  as_json(LogLevel::kInfo, LogLevel::kInfo);
  log().start("id", trace);
  EXPECT_EQ(last(),
            R"({"time":"2026-01-31T12:00:00.123Z","type":"platform.start","record":{"requestId":"id",)"
            R"("version":"$LATEST","tracing":{"spanId":"53995c3f42cd8ad8","type":"X-Amzn-Trace-Id",)"
            R"("value":"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"}}})");
}

TEST_F(PlatformLog, AnInitThatFailedIsReported) {
  log().init_report(1236.04, false, "on-demand",
                    {.status = Ending::Status::kError, .error_type = "Runtime.ExitError"});
  EXPECT_EQ(last(),
            "INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: error\tError Type: "
            "Runtime.ExitError");
  log().init_report(10000, true, "on-demand", {.status = Ending::Status::kTimeout, .error_type = ""});
  EXPECT_EQ(last(), "INIT_REPORT Init Duration: 10000.00 ms\tPhase: invoke\tStatus: timeout");
}

TEST_F(PlatformLog, AnInitBeginsWithALineOnceAndWhereThereIsAVersion) {
  log().init_start("", "", false, "on-demand");
  log().init_start("python:3.12", "arn", true, "on-demand");
  EXPECT_TRUE(sink.lines.empty());
  as_json(LogLevel::kInfo, LogLevel::kInfo);
  log().init_start("", "", false, "on-demand");
  EXPECT_TRUE(sink.lines.empty()) << "of no interest before DEBUG";
  log().init_start("python:3.12", "arn", true, "on-demand");
  config.memory_mib = 128;
  EXPECT_EQ(parse_json(last()).value().at("record"),
            parse_json(R"({"initializationType":"on-demand","phase":"invoke","runtimeVersion":"python:3.12",
                           "runtimeVersionArn":"arn","functionName":"f","functionVersion":"$LATEST",
                           "instanceId":"2026/01/31/[$LATEST])" +
                       std::string(kStream) + R"(","instanceMaxMemory":134217728})")
                .value());
}

TEST_F(PlatformLog, AnInvokeAsJson) {
  as_json(LogLevel::kInfo, LogLevel::kInfo);
  log().start("id", {});
  EXPECT_EQ(last(), R"({"time":"2026-01-31T12:00:00.123Z","type":"platform.start",)"
                    R"("record":{"requestId":"id","version":"$LATEST"}})");
  usage.duration_ms = 3.5;
  log().runtime_done({.request_id = "id", .duration_ms = 3.5}, {}, {});
  log().end_and_report(usage, {}, {});
  // Compared as documents: a number has several spellings.
  EXPECT_EQ(parse_json(last()).value(),
            parse_json(R"({"time":"2026-01-31T12:00:00.123Z","type":"platform.report",
                           "record":{"requestId":"id","status":"success",
                                     "metrics":{"durationMs":3.5,"billedDurationMs":4,"memorySizeMB":128,
                                                "maxMemoryUsedMB":36}}})")
                .value());
  EXPECT_EQ(sink.lines.size(), 2u);  // runtimeDone is for DEBUG
}

TEST_F(PlatformLog, TheSystemLevelDecidesWhichEventsAreShown) {
  as_json(LogLevel::kInfo, LogLevel::kWarn);
  log().start("id", {});
  log().runtime_done({.request_id = "id", .duration_ms = 3.5}, {}, {});
  log().end_and_report(usage, {}, {});
  EXPECT_EQ(last(), "(none)");
  log().runtime_done({.request_id = "id"}, {.status = Ending::Status::kTimeout, .error_type = ""}, {});
  log().end_and_report(usage, {.status = Ending::Status::kTimeout, .error_type = ""}, {});
  EXPECT_EQ(sink.lines.size(), 2u);  // runtimeDone and report
  EXPECT_NE(last().find(R"("status":"timeout")"), std::string::npos) << last();
}

TEST_F(PlatformLog, TheApplicationLevelDropsLinesThatSayTheyAreLess) {
  as_json(LogLevel::kWarn, LogLevel::kInfo);
  log().line(LineOf::kFunction, R"({"level":"INFO","message":"no"})");
  log().line(LineOf::kFunction, R"({"message":"no level counts as INFO"})");
  log().line(LineOf::kFunction, "neither does text");
  EXPECT_EQ(last(), "(none)");
  log().line(LineOf::kFunction, R"({"level":"ERROR","message":"no time counts as INFO"})");
  log().line(LineOf::kFunction, R"({"level":"ERROR","timestamp":"today"})");
  log().line(LineOf::kFunction, R"({"level":"ERROR","timestamp":"2026-01-31T12:00:00+1"})");
  EXPECT_EQ(last(), "(none)");
  log().line(LineOf::kFunction, R"({"level":"ERROR","timestamp":"2026-01-31T12:00:00Z"})");
  log().line(LineOf::kFunction, R"({"level":"ERROR","timestamp":"2026-01-31T12:00:00.123456-05:30"})");
  log().line(LineOf::kFunction, R"({"log_level":"ERROR","timestamp":"2026-01-31T12:00:00Z"})");
  EXPECT_EQ(sink.lines.size(), 3u);
  log().line(LineOf::kExtension, "an extension is not asked for levels");
  EXPECT_EQ(sink.lines.size(), 4u);
}

TEST_F(PlatformLog, LevelsMayBeSpelledAsDotnetDoes) {
  as_json(LogLevel::kWarn, LogLevel::kInfo);
  for (const char* level : {"Trace", "Debug", "Information"}) {
    log().line(LineOf::kFunction,
               fmt::format(R"({{"level":"{}","timestamp":"2026-01-31T12:00:00Z"}})", level));
  }
  EXPECT_EQ(last(), "(none)");
  for (const char* level : {"Warning", "Error", "Critical"}) {
    log().line(LineOf::kFunction,
               fmt::format(R"({{"level":"{}","timestamp":"2026-01-31T12:00:00Z"}})", level));
  }
  EXPECT_EQ(sink.lines.size(), 3u);
}

TEST_F(PlatformLog, TextIsNotFiltered) {
  config.logs.application_level = LogLevel::kFatal;
  log().line(LineOf::kFunction, R"({"level":"DEBUG"})");
  EXPECT_EQ(sink.lines.size(), 1u);
}

TEST_F(PlatformLog, AnInitAndARuntimeThatIsDoneAreForDebug) {
  as_json(LogLevel::kInfo, LogLevel::kDebug);
  log().init_runtime_done(false, "on-demand", {});
  log().init_report(1.5, false, "on-demand", {});
  log().runtime_done(
      {.request_id = "id", .began = clock.now(), .latency_ms = 2, .duration_ms = 3.5, .produced_bytes = 7},
      {}, {});
  ASSERT_EQ(sink.lines.size(), 3u);
  EXPECT_NE(sink.lines[0].find(R"("platform.initRuntimeDone")"), std::string::npos) << sink.lines[0];
  EXPECT_NE(sink.lines[1].find(R"("platform.initReport")"), std::string::npos) << sink.lines[1];
  EXPECT_EQ(parse_json(last()).value().at("record"), parse_json(R"({"requestId":"id","status":"success",
                           "metrics":{"durationMs":3.5,"producedBytes":7},
                           "spans":[{"name":"responseLatency","start":"2026-01-31T12:00:00.123Z","durationMs":2},
                                    {"name":"responseDuration","start":"2026-01-31T12:00:00.125Z","durationMs":0},
                                    {"name":"runtimeOverhead","start":"2026-01-31T12:00:00.125Z",
                                     "durationMs":1.5}]})")
                                                         .value());
}

TEST_F(PlatformLog, ExtensionsAreNamedWhenAnInitEnds) {
  log().extension({.name = "a", .state = "Ready", .events = {"INVOKE", "SHUTDOWN"}, .error_type = ""});
  EXPECT_EQ(last(), "EXTENSION\tName: a\tState: Ready\tEvents: [INVOKE,SHUTDOWN]");
  as_json(LogLevel::kInfo, LogLevel::kWarn);
  log().extension({.name = "a", .state = "Ready", .events = {}, .error_type = ""});
  EXPECT_EQ(sink.lines.size(), 1u);
  log().extension({.name = "a", .state = "LaunchError", .events = {}, .error_type = "PermissionDenied"});
  EXPECT_NE(last().find(R"("errorType":"PermissionDenied")"), std::string::npos) << last();
}

TEST_F(PlatformLog, ATailIsTheLastSinceItBegan) {
  log().line(LineOf::kFunction, "before");
  const auto first = log().begin_tail();
  log().line(LineOf::kFunction, "first");
  const auto second = log().begin_tail();
  log().line(LineOf::kFunction, "second");
  EXPECT_EQ(log().take_tail(first), "first\nsecond\n");
  for (int i = 0; i < 10'000; ++i) log().line(LineOf::kFunction, "0123456");
  log().line(LineOf::kFunction, "the end");
  const std::string tail = log().take_tail(second);
  EXPECT_EQ(tail.size(), EnvironmentLog::kTailBytes);
  EXPECT_TRUE(tail.ends_with("0123456\nthe end\n"));
}

}  // namespace
}  // namespace hearth::execution
