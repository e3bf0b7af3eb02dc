// Promise: what was acknowledged is never lost: a receiver that lost an answer gets the same messages once
// more.
#include "services/sqs/attempts.h"

#include "services/sqs/testing.h"

namespace hearth::services::sqs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Attempting : public SqsTest {
 protected:
  // The bodies of what the attempt gets; "-" where it has to look for new messages.
  std::string again(const std::string& attempt, std::optional<int64_t> visibility_s = {}) {
    const Attempts attempts(parts(), handles, receipts);
    const auto found = run(attempts.again(ref("q.fifo"), attempt, visibility_s)).value();
    return found ? bodies(present("q.fifo", found->claims)) : "-";
  }
  Got receive_as(const std::string& attempt) {
    Claims claims = claim("q.fifo", {{.count = 10}});
    const Received received{.contents = claims.queue.contents, .claims = claims.of_want.front()};
    EXPECT_TRUE(run(Attempts(parts(), handles, receipts).keep(ref("q.fifo"), attempt, received)));
    return present("q.fifo", received.claims);
  }
  void SetUp() override {
    make_queue("q.fifo");
    ASSERT_TRUE(send_to("q.fifo", "g", "a"));
    ASSERT_TRUE(send_to("q.fifo", "g", "b"));
  }
};

TEST_F(Attempting, TheSameIdGetsTheSameMessagesForAnotherWhile) {
  EXPECT_EQ(again("x"), "-");
  const Got got = receive_as("x");
  clock.pass(seconds(20));
  EXPECT_EQ(again("x"), "a b");
  EXPECT_EQ(again("y"), "-");
  clock.pass(seconds(20));
  EXPECT_EQ(bodies(receive("q.fifo")), "") << "their time began anew";
  EXPECT_EQ(remove("q.fifo", got[0].second), "") << "and their handles are good";
}

TEST_F(Attempting, ItSurvivesACrash) {
  receive_as("x");
  reopen();
  EXPECT_EQ(again("x"), "a b");
}

TEST_F(Attempting, ItIsOverWithTheVisibilityOfItsMessages) {
  receive_as("x");
  clock.pass(seconds(31));
  EXPECT_EQ(again("x"), "-");
}

TEST_F(Attempting, ItIsOverWhenAnythingHappensToOneOfThem) {
  const Got got = receive_as("x");
  EXPECT_EQ(change_visibility("q.fifo", got[0].second, 40), "");
  EXPECT_EQ(again("x"), "-");
  clock.pass(minutes(1));
  const Got second = receive_as("y");
  EXPECT_EQ(remove("q.fifo", second[0].second), "");
  EXPECT_EQ(again("y"), "-");
}

TEST_F(Attempting, ItIsForgottenInTime) {
  receive_as("x");
  for (int minute = 0; minute < 5; ++minute) {
    EXPECT_EQ(again("x", 90), "a b");
    clock.pass(minutes(1));
  }
  EXPECT_EQ(again("x", 90), "-");
  clock.pass(seconds(1));
  ASSERT_TRUE(run(Expiry(parts()).expire()));
  const QueueRecord record = queue("q.fifo");
  auto kept = [&](store::Transaction& tx) -> Async<size_t> {
    co_return co_await Contents(tx, record).attempts.count({});
  };
  EXPECT_EQ(run(store->read(kept)).value(), 0U);
}

}  // namespace
}  // namespace hearth::services::sqs
