// Promise: your AWS code runs unchanged: who receives what, for how long, how often, and in which order.
#include "services/sqs/claims.h"

#include "services/sqs/testing.h"

namespace hearth::services::sqs {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Claiming : public SqsTest {
 protected:
  // "a dead letter queue and one that gives up after so many receives"
  void make_pair(const std::string& suffix, int receives) {
    make_queue("dead" + suffix);
    make_queue("q" + suffix,
               {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + ref("dead" + suffix).arn() +
                                      R"(","maxReceiveCount":)" + std::to_string(receives) + "}"}});
  }
  size_t rows(const std::string& name) {
    const QueueRecord record = queue(name);
    auto body = [&](store::Transaction& tx) -> Async<size_t> {
      TRY(const auto page, co_await tx.scan({.range = Contents(tx, record).base.under()}));
      co_return page.rows.size();
    };
    return run(store->read(body)).value();
  }
  Unavailable unavailable(const std::string& name) {
    auto body = [&](store::Transaction& tx) -> Async<Unavailable> {
      co_return co_await count_unavailable(tx, queue_, now_us(clock));
    };
    queue_ = queue(name);
    return run(store->read(body)).value();
  }
  QueueRecord queue_;
};

TEST_F(Claiming, AMessageIsItsReceiversUntilItsTimeIsUp) {
  make_queue("q");
  ASSERT_TRUE(send("q", "a"));
  EXPECT_EQ(bodies(receive("q")), "a");
  EXPECT_EQ(bodies(receive("q")), "");
  clock.pass(seconds(30) - milliseconds(1));
  EXPECT_EQ(bodies(receive("q")), "");
  clock.pass(milliseconds(1));
  EXPECT_EQ(bodies(receive("q", 1, 5)), "a");
  clock.pass(seconds(5));
  EXPECT_EQ(bodies(receive("q", 1, 0)), "a");
  EXPECT_EQ(bodies(receive("q")), "a") << "a timeout of zero leaves it where it is";
}

TEST_F(Claiming, TheOldestComeFirst) {
  make_queue("q");
  for (const auto* text : {"a", "b", "c"}) ASSERT_TRUE(send("q", text));
  EXPECT_EQ(bodies(receive("q", 2)), "a b");
  EXPECT_EQ(bodies(receive("q", 2)), "c");
}

TEST_F(Claiming, OneTransactionServesMany) {
  make_queue("q");
  for (const auto* text : {"a", "b", "c"}) ASSERT_TRUE(send("q", text));
  const Claims claims = claim("q", {{.count = 1}, {.count = 10, .visibility_s = 60}, {.count = 1}});
  EXPECT_EQ(bodies(present("q", claims.of_want[0])), "a");
  EXPECT_EQ(bodies(present("q", claims.of_want[1])), "b c");
  EXPECT_TRUE(claims.of_want[2].empty());
  EXPECT_TRUE(claims.exhausted);
  EXPECT_EQ(claims.next_us, now_us(clock) + 30 * kSecondUs);
}

TEST_F(Claiming, DelaysAreTheMessagesOrTheQueues) {
  make_queue("q", {{"DelaySeconds", "10"}});
  ASSERT_TRUE(send("q", {.body = "later", .delay_s = 20}));
  ASSERT_TRUE(send("q", {.body = "now", .delay_s = 0}));
  ASSERT_TRUE(send("q", "usual"));
  EXPECT_EQ(bodies(receive("q")), "now");
  EXPECT_EQ(unavailable("q").delayed, 2U);
  EXPECT_EQ(unavailable("q").in_flight, 1U);
  clock.pass(seconds(11));
  EXPECT_EQ(bodies(receive("q")), "usual");
  clock.pass(seconds(10));
  EXPECT_EQ(bodies(receive("q")), "later");
}

TEST_F(Claiming, AnyHandleOfAStandardQueueDeletesAtAnyTime) {
  make_queue("q");
  ASSERT_TRUE(send("q", "a"));
  const std::string first = receive("q")[0].second;
  clock.pass(seconds(31));
  const std::string second = receive("q")[0].second;
  EXPECT_NE(first, second);
  EXPECT_EQ(remove("q", first), "");
  EXPECT_EQ(remove("q", second), "") << "what is gone is gone";
  clock.pass(minutes(1));
  EXPECT_EQ(bodies(receive("q")), "");
  EXPECT_EQ(rows("q"), 0U);
  EXPECT_EQ(change_visibility("q", first, 1), "InvalidParameterValueException");
}

TEST_F(Claiming, VisibilityIsChangedFromNowOn) {
  make_queue("q");
  ASSERT_TRUE(send("q", "a"));
  const std::string handle = receive("q")[0].second;
  EXPECT_EQ(change_visibility("q", handle, 100), "");
  clock.pass(seconds(99));
  EXPECT_EQ(bodies(receive("q")), "");
  EXPECT_EQ(change_visibility("q", handle, 0), "");
  EXPECT_EQ(bodies(receive("q")), "a");
  EXPECT_EQ(change_visibility("q", handle, 0), "") << "an older handle too";
  EXPECT_EQ(bodies(receive("q", 1, 43'200)), "a");
  clock.pass(seconds(1));
  EXPECT_EQ(change_visibility("q", handle, 43'200), "InvalidParameterValueException")
      << "more than twelve hours in all";
}

TEST_F(Claiming, WhatWasReceivedTooOftenGoesToTheDeadLetters) {
  make_pair("", 2);
  ASSERT_TRUE(send("q", "a"));
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(bodies(receive("q")), "a");
    clock.pass(seconds(31));
  }
  EXPECT_EQ(bodies(receive("dead")), "");
  EXPECT_EQ(bodies(receive("q")), "");
  EXPECT_EQ(rows("q"), 0U);
  const Claims dead = claim("dead", {{.count = 10}});
  ASSERT_EQ(dead.count, 1U);
  EXPECT_EQ(dead.of_want[0][0].receipt.receives, 3) << "the count goes on";
}

TEST_F(Claiming, WithoutAQueueForThemTheyStay) {
  make_pair("", 1);
  ASSERT_TRUE(send("q", "a"));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables(tx, ref("dead")).queues.erase(store::Key("dead"));
    co_return {};
  };
  ASSERT_TRUE(run(store->transact(body)));
  for (int time = 0; time < 3; ++time) {
    EXPECT_EQ(bodies(receive("q")), "a");
    clock.pass(seconds(31));
  }
}

TEST_F(Claiming, LargeDeadLettersMoveInSeveralTransactions) {
  make_pair("", 1);
  for (int at = 0; at < 12; ++at) ASSERT_TRUE(send("q", std::string(1'000'000, 'x')));
  EXPECT_EQ(receive("q", 10).size() + receive("q", 10).size(), 12U);
  clock.pass(seconds(31));
  int rounds = 0;
  while (!claim("q", {{.count = 100}}).exhausted) ++rounds;
  EXPECT_GT(rounds, 0);
  EXPECT_EQ(claim("dead", {{.count = 100}}).count, 12U);
}

TEST_F(Claiming, WhatIsTooOldIsNotGivenOutAndGoes) {
  make_queue("q", {{"MessageRetentionPeriod", "60"}});
  make_queue("q.fifo", {{"MessageRetentionPeriod", "60"}});
  for (const auto* text : {"a", "b"}) {
    ASSERT_TRUE(send("q", text));
    ASSERT_TRUE(send_to("q.fifo", "g", text));
  }
  EXPECT_EQ(bodies(receive("q", 1, 5)), "a");
  EXPECT_EQ(bodies(receive("q.fifo", 1, 5)), "a");
  clock.pass(seconds(61));
  EXPECT_EQ(bodies(receive("q", 1)), "");
  clock.pass(minutes(5));
  ASSERT_TRUE(send("q", "young"));
  ASSERT_TRUE(send_to("q.fifo", "g", "young"));
  ASSERT_TRUE(run(Expiry(parts()).expire()));
  EXPECT_EQ(rows("q"), 2U);
  EXPECT_EQ(bodies(receive("q.fifo")), "young");
  EXPECT_EQ(bodies(receive("q")), "young");
}

TEST_F(Claiming, AGroupKeepsItsOrderAndIsLockedWhileInFlight) {
  make_queue("q.fifo");
  for (const auto* text : {"a1", "a2", "a3"}) ASSERT_TRUE(send_to("q.fifo", "a", text));
  ASSERT_TRUE(send_to("q.fifo", "b", "b1"));
  const Got got = receive("q.fifo", 2);
  EXPECT_EQ(bodies(got), "a1 a2");
  const Got other = receive("q.fifo");
  EXPECT_EQ(bodies(other), "b1") << "other groups go on";
  EXPECT_EQ(remove("q.fifo", got[0].second), "");
  EXPECT_EQ(bodies(receive("q.fifo")), "") << "one of two is still in flight";
  EXPECT_EQ(remove("q.fifo", got[1].second), "");
  EXPECT_EQ(bodies(receive("q.fifo")), "a3");
}

TEST_F(Claiming, TwoReceiversOfOneClaimNeverShareAGroup) {
  make_queue("q.fifo");
  for (const auto* text : {"a1", "a2", "a3"}) ASSERT_TRUE(send_to("q.fifo", "a", text));
  ASSERT_TRUE(send_to("q.fifo", "b", "b1"));
  const Claims claims = claim("q.fifo", {{.count = 2}, {.count = 2}, {.count = 2}});
  EXPECT_EQ(bodies(present("q.fifo", claims.of_want[0])), "a1 a2");
  EXPECT_EQ(bodies(present("q.fifo", claims.of_want[1])), "b1");
  EXPECT_TRUE(claims.of_want[2].empty());
}

TEST_F(Claiming, AGroupWhoseTimeIsUpBeginsAgainBehindTheOthers) {
  make_queue("q.fifo");
  ASSERT_TRUE(send_to("q.fifo", "a", "a1"));
  ASSERT_TRUE(send_to("q.fifo", "a", "a2"));
  const Got got = receive("q.fifo", 1);
  ASSERT_TRUE(send_to("q.fifo", "b", "b1"));
  clock.pass(seconds(31));
  EXPECT_EQ(remove("q.fifo", got[0].second), "InvalidParameterValueException") << "its time is over";
  EXPECT_EQ(bodies(receive("q.fifo", 1)), "b1");
  EXPECT_EQ(bodies(receive("q.fifo")), "a1 a2");
}

TEST_F(Claiming, VisibilityOfAMemberHoldsItsGroup) {
  make_queue("q.fifo");
  ASSERT_TRUE(send_to("q.fifo", "a", "a1"));
  ASSERT_TRUE(send_to("q.fifo", "a", "a2"));
  Got got = receive("q.fifo", 1);
  EXPECT_EQ(change_visibility("q.fifo", got[0].second, 100), "");
  clock.pass(seconds(99));
  EXPECT_EQ(bodies(receive("q.fifo")), "");
  EXPECT_EQ(change_visibility("q.fifo", got[0].second, 0), "");
  got = receive("q.fifo", 10, 0);
  EXPECT_EQ(bodies(got), "a1 a2") << "with a timeout of zero the group stays open";
  EXPECT_EQ(bodies(receive("q.fifo")), "a1 a2");
}

TEST_F(Claiming, DuplicatesOfFiveMinutesAreTheFirstMessage) {
  make_queue("q.fifo", {{"ContentBasedDeduplication", "true"}});
  const auto first = send("q.fifo", {.body = "a", .group = "g"});
  const Got got = receive("q.fifo");
  EXPECT_EQ(remove("q.fifo", got[0].second), "");
  clock.pass(minutes(4));
  const auto again = send("q.fifo", {.body = "a", .group = "other"});
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(bodies(receive("q.fifo")), "");
  const auto named = send("q.fifo", {.body = "a", .group = "g", .deduplication_id = "d"});
  EXPECT_NE(named->id, first->id) << "an id that is given counts more than the content";
  clock.pass(minutes(1));
  EXPECT_NE(send("q.fifo", {.body = "a", .group = "g"})->id, first->id);
  EXPECT_EQ(bodies(receive("q.fifo")), "a a");
}

TEST_F(Claiming, DuplicatesMayBeAMatterOfTheGroup) {
  make_queue("q.fifo", {{"DeduplicationScope", "messageGroup"}});
  const auto of_group = [&](const char* group) {
    return send("q.fifo", {.body = "a", .group = group, .deduplication_id = "d"})->id;
  };
  const std::string first = of_group("g");
  EXPECT_EQ(of_group("g"), first);
  EXPECT_NE(of_group("h"), first);
}

TEST_F(Claiming, DeduplicationIdsAreForgottenInTime) {
  make_queue("q.fifo");
  ASSERT_TRUE(send_to("q.fifo", "g", "a"));
  const Got got = receive("q.fifo");
  EXPECT_EQ(remove("q.fifo", got[0].second), "");
  EXPECT_EQ(bodies(receive("q.fifo")), "");
  EXPECT_EQ(rows("q.fifo"), 3U) << "the id, its end, and a hint";
  clock.pass(minutes(5) + seconds(1));
  EXPECT_EQ(bodies(receive("q.fifo")), "");
  ASSERT_TRUE(run(Expiry(parts()).expire()));
  EXPECT_EQ(rows("q.fifo"), 0U);
}

TEST_F(Claiming, ADelayOfAFifoQueueHoldsAllItsMessages) {
  make_queue("q.fifo", {{"DelaySeconds", "10"}});
  ASSERT_TRUE(send_to("q.fifo", "g", "a"));
  EXPECT_EQ(bodies(receive("q.fifo")), "");
  EXPECT_EQ(unavailable("q.fifo").delayed, 1U);
  clock.pass(seconds(10));
  EXPECT_EQ(bodies(receive("q.fifo")), "a");
}

TEST_F(Claiming, AFifoQueuesDeadLettersLeaveTheirGroupToTheOthers) {
  make_pair(".fifo", 1);
  ASSERT_TRUE(send_to("q.fifo", "g", "a"));
  ASSERT_TRUE(send_to("q.fifo", "g", "b"));
  EXPECT_EQ(bodies(receive("q.fifo", 1)), "a");
  clock.pass(seconds(31));
  EXPECT_EQ(bodies(receive("q.fifo")), "b");
  EXPECT_EQ(bodies(receive("dead.fifo")), "a");
}

TEST_F(Claiming, WhatWasAcknowledgedSurvivesACrash) {
  make_queue("q");
  ASSERT_TRUE(send("q", "a"));
  ASSERT_TRUE(send("q", "b"));
  const Got got = receive("q", 1);
  reopen();
  EXPECT_EQ(bodies(receive("q")), "b");
  EXPECT_EQ(remove("q", got[0].second), "");
  reopen();
  clock.pass(seconds(31));
  EXPECT_EQ(bodies(receive("q")), "b");
}

}  // namespace
}  // namespace hearth::services::sqs
