// For tests of this service: a store of its own, events written and read past the wire, a clock that is set.
#pragma once
#include <gtest/gtest.h>

#include "services/logs/ingest.h"
#include "services/logs/records.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::logs {

class SetClock final : public Clock {
 public:
  void set(int64_t ms) { now_ = from_epoch_ms(ms); }
  TimePoint now() const override { return now_; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }

 private:
  TimePoint now_;
};

class LogsTest : public ::testing::Test {
 protected:
  template <typename T>
  T run(Task<T> task) {
    return store::testing::run(loop, std::move(task));
  }

  void write(const std::string& group, const std::string& stream, int64_t time_ms, std::string message) {
    const std::vector<Event> events = {
        {.time_ms = time_ms, .number = ++number_, .ingested_ms = time_ms, .message = std::move(message)}};
    auto body = [&](store::Transaction& tx) -> Async<void> {
      co_return co_await save_events(tx, account, region, group, stream, events, time_ms);
    };
    ASSERT_TRUE(run(store->transact(body)));
  }
  void keep_days(const std::string& group, int64_t days) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      Tables tables(tx, account, region);
      TRY(auto record, co_await tables.groups.get(store::Key(group)));
      record->retention_days = days;
      tables.groups.put(store::Key(group), *record);
      co_return {};
    };
    ASSERT_TRUE(run(store->transact(body)));
  }
  std::optional<StreamRecord> stream(const std::string& group, const std::string& name) {
    auto body = [&](store::Transaction& tx) -> Async<std::optional<StreamRecord>> {
      co_return co_await Tables(tx, account, region).streams.get(store::Key(group, name));
    };
    return run(store->read(body)).value();
  }
  std::vector<std::string> messages(const std::string& group) {
    std::vector<std::string> out;
    EventRange range;
    auto body = [&](store::Transaction& tx) -> Async<bool> {
      TRY(auto page, co_await read_events(tx, Tables::events(account, region, group), range, 1000));
      for (Event& event : page.events) {
        range.begin_ms = event.time_ms;
        range.begin_number = event.number + 1;
        out.push_back(std::move(event.message));
      }
      co_return page.more;
    };
    while (run(store->read(body)).value()) continue;
    return out;
  }

  store::testing::TemporaryFolder folder;
  io::Loop loop;
  SetClock clock;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  std::string account = "000000000000";
  std::string region = "us-east-1";

 private:
  uint64_t number_ = 0;
};

}  // namespace hearth::services::logs
