// For tests of this service: queues in a store of their own, past the wire, under a clock that is set.
#pragma once
#include <gtest/gtest.h>

#include "services/sqs/attributes.h"
#include "services/sqs/claims.h"
#include "services/sqs/expiry.h"
#include "services/sqs/receipts.h"
#include "services/sqs/sender.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::sqs {

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }
  void pass(std::chrono::microseconds time) { now_ += time; }

 private:
  TimePoint now_ = from_epoch_ms(1'700'000'000'000);
};

class Anyone final : public wire::Authorizer {
 public:
  Async<void> authorize(const wire::Call&, wire::Permission) override { co_return {}; }
};

class SqsTest : public testing::Test {
 protected:
  using Got = std::vector<std::pair<std::string, std::string>>;  // bodies and handles

  template <typename T>
  T run(Task<T> task) {
    return store::testing::run(loop, std::move(task));
  }
  Parts parts() {
    return {.store = *store,
            .authorizer = anyone,
            .clock = clock,
            .random = random,
            .moments = moments,
            .before_recreation = std::chrono::seconds(60)};
  }
  QueueRef ref(const std::string& name) const {
    return {.account = "000000000000", .region = "us-east-1", .name = name};
  }

  // Of the type that its name says; a queue that is there is replaced.
  void make_queue(const std::string& name, AttributeTexts attributes = {}) {
    QueueRecord queue{.id = random.next(), .contents = random.next()};
    if (name.ends_with(".fifo")) attributes.emplace("FifoQueue", "true");
    const Status applied = apply(queue, attributes, true);
    ASSERT_TRUE(applied) << applied.error().message;
    auto body = [&](store::Transaction& tx) -> Async<void> {
      Tables(tx, ref(name)).queues.put(store::Key(name), queue);
      co_return {};
    };
    ASSERT_TRUE(run(store->transact(body)));
  }
  QueueRecord queue(const std::string& name) {
    auto body = [&](store::Transaction& tx) -> Async<QueueRecord> {
      co_return co_await require_queue(tx, ref(name));
    };
    return run(store->read(body)).value();
  }

  Result<SentMessage> send(const std::string& name, NewMessage message) {
    const Sender sender(parts());
    auto body = [&](store::Transaction& tx) -> Async<SentMessage> {
      co_return co_await sender.send(tx, ref(name), message);
    };
    return run(store->transact(body));
  }
  Result<SentMessage> send(const std::string& name, std::string text) {
    return send(name, {.body = std::move(text)});
  }
  Result<SentMessage> send_to(const std::string& name, const std::string& group, std::string text) {
    const std::string id = std::to_string(++sent_);
    return send(name, {.body = std::move(text), .group = group, .deduplication_id = id});
  }

  Claims claim(const std::string& name, std::vector<Want> wants) {
    const Claimer claimer(parts());
    return run(claimer.claim(ref(name), std::move(wants))).value();
  }
  Got present(const std::string& name, const std::vector<Claim>& claims) {
    const QueueRecord record = queue(name);
    Got got;
    auto body = [&](store::Transaction& tx) -> Async<void> {
      for (const Claim& each : claims) {
        TRY(const auto message, co_await Contents(tx, record).messages.get(each.message.key()));
        got.emplace_back(message->body, handles.seal({.queue = record.id,
                                                      .contents = record.contents,
                                                      .message = each.message,
                                                      .receives = each.receipt.receives}));
      }
      co_return {};
    };
    EXPECT_TRUE(run(store->read(body)));
    return got;
  }
  Got receive(const std::string& name, size_t count = 10, std::optional<int64_t> visibility_s = {}) {
    return present(name, claim(name, {{.count = count, .visibility_s = visibility_s}}).of_want.front());
  }
  std::string bodies(const Got& got) {
    std::string text;
    for (const auto& [body, handle] : got) text += (text.empty() ? "" : " ") + body;
    return text;
  }

  // The code of the error, or "".
  std::string remove(const std::string& name, const std::string& handle) {
    return change(name, [&](store::Transaction& tx, const QueueRecord& queue) {
      return receipts.remove(tx, queue, handle);
    });
  }
  std::string change_visibility(const std::string& name, const std::string& handle, int64_t seconds) {
    return change(name, [&](store::Transaction& tx, const QueueRecord& queue) {
      return receipts.change_visibility(tx, queue, handle, seconds);
    });
  }

  // Opens the store again, as after a crash: what was acknowledged is there.
  void reopen() {
    store.reset();
    store = open();
  }

  std::unique_ptr<store::Store> open() {
    return store::rocks::open({.folder = folder.path() + "/state"}).value();
  }

  store::testing::TemporaryFolder folder;
  io::Loop loop;
  SetClock clock;
  Random& random = system_random();
  std::unique_ptr<store::Store> store = open();
  Anyone anyone;
  Moments moments{clock};
  Handles handles{"a key"};
  Receipts receipts{clock, handles};

 private:
  template <typename Change>
  std::string change(const std::string& name, Change made_change) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      TRY(const QueueRecord record, co_await require_queue(tx, ref(name)));
      co_return co_await made_change(tx, record);
    };
    const Status done = run(store->transact(body));
    return done ? "" : done.error().code;
  }

  int sent_ = 0;
};

}  // namespace hearth::services::sqs
