// Promise: what was acknowledged is never lost (an event that goes to a queue is a message of it, or its
// sender learns why not).
#include "services/sqs/queue_target.h"

#include "identity/role_credentials.h"
#include "identity/testing.h"
#include "services/sqs/testing.h"

namespace hearth::services::sqs {
namespace {

class QueueTargetTest : public SqsTest {
 protected:
  delivery::Delivery to(const std::string& name) const {
    return {.sender = {.service = "s3.amazonaws.com", .arn = "arn:aws:s3:::b", .account = "000000000000"},
            .target_arn = ref(name).arn(),
            .body = "an event",
            .attributes = {{"Kind", {"String", "k"}}},
            .trace = "Root=1-2-3"};
  }
  std::string check(const std::string& arn) {
    const auto checked = run(target.check(to("q").sender, arn, ""));
    return checked ? "fine" : checked.error().code;
  }
  std::string take(delivery::Delivery delivery) {
    auto body = [&](store::Transaction& tx) -> Async<void> { return target.take(tx, delivery); };
    const auto taken = run(store->transact(body));
    return taken ? "taken" : taken.error().code;
  }
  std::vector<MessageRecord> messages(const std::string& name) {
    auto body = [&](store::Transaction& tx) -> Async<std::vector<MessageRecord>> {
      TRY(const QueueRecord queue, co_await require_queue(tx, ref(name)));
      TRY(auto entries, co_await Contents(tx, queue).messages.all());
      std::vector<MessageRecord> found;
      for (auto& entry : entries) found.push_back(std::move(entry.record));
      co_return found;
    };
    return run(store->read(body)).value();
  }

  identity::Seal seal{std::string(32, 'k'), identity::kAccessKeySeal, system_random()};
  identity::Directory directory{*store, seal};
  identity::Sessions sessions{std::string(32, 'k'), system_random()};
  identity::RoleCredentials roles{directory, sessions, clock};
  delivery::Rights rights{roles, anyone, clock};
  Sender sender{parts()};
  QueueTarget target{*store, sender, rights};
};

TEST_F(QueueTargetTest, AnEventIsAMessage) {
  make_queue("q");
  EXPECT_EQ(check(ref("q").arn()), "fine");
  ASSERT_EQ(take(to("q")), "taken");
  const auto found = messages("q");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].body, "an event");
  EXPECT_EQ(found[0].attributes.at("Kind").value, "k");
  EXPECT_EQ(found[0].trace, "Root=1-2-3");
  EXPECT_EQ(found[0].sender_id, "s3.amazonaws.com");
}

TEST_F(QueueTargetTest, AQueueThatIsNotThere) {
  EXPECT_EQ(check(ref("q").arn()), delivery::kTargetMissing);
  EXPECT_EQ(check("arn:aws:sqs:nothing"), delivery::kTargetMissing);
  EXPECT_EQ(take(to("q")), delivery::kTargetMissing);
}

TEST_F(QueueTargetTest, WhatAQueueDoesNotTake) {
  make_queue("q", {{"MaximumMessageSize", "1024"}});
  make_queue("q.fifo");
  delivery::Delivery large = to("q");
  large.body = std::string(1025, 'x');
  EXPECT_EQ(take(large), delivery::kTargetRefused);
  delivery::Delivery ordered = to("q.fifo");
  EXPECT_EQ(take(ordered), delivery::kTargetRefused);
  ordered.group = "g";
  ordered.deduplication_id = "d";
  EXPECT_EQ(take(ordered), "taken");
  EXPECT_EQ(take(ordered), "taken");
  EXPECT_EQ(messages("q.fifo").size(), 1u);  // the second was a duplicate
}

}  // namespace
}  // namespace hearth::services::sqs
