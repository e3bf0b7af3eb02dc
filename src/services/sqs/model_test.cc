// Promise: a message is lost never, and is its receiver's alone while it is in flight; a FIFO queue's groups
// keep their order. Random histories against a model of what must hold, with crashes in between; a failure
// prints its seed.
#include <map>
#include <set>

#include "identity/policy/generator.h"
#include "services/sqs/testing.h"

namespace hearth::services::sqs {
namespace {

class Model : public SqsTest, public testing::WithParamInterface<int> {
 protected:
  struct Message {
    std::string group;
    int number = 0;  // in its group, by the order of sending
    int64_t until_us = 0;
    std::string handle;
    std::set<std::string> old_handles;
  };

  int64_t now() const { return now_us(clock); }
  size_t below(size_t bound) { return chance.below(bound); }

  void send_one(const std::string& name) {
    const std::string body = "m" + std::to_string(++sent);
    const std::string group = "g" + std::to_string(below(4));
    ASSERT_TRUE(fifo ? send_to(name, group, body) : send(name, body));
    messages[body] = {.group = group, .number = sent};
  }

  void receive_some(const std::string& name) {
    const int64_t visibility_s = static_cast<int64_t>(below(4)) * 5;
    std::vector<Want> wants(1 + below(3));
    for (Want& want : wants) want = {.count = 1 + below(4), .visibility_s = visibility_s};
    const Claims claims = claim(name, wants);
    size_t got = 0;
    for (const auto& of_one : claims.of_want) {
      std::set<std::string> in_flight_before;
      if (fifo) {
        for (const auto& [body, message] : messages) {
          if (message.until_us > now()) in_flight_before.insert(message.group);
        }
      }
      for (const auto& [body, handle] : present(name, of_one)) {
        ++got;
        ASSERT_TRUE(messages.contains(body)) << body << " was deleted";
        Message& message = messages[body];
        ASSERT_LE(message.until_us, now()) << body << " is another receiver's";
        ASSERT_FALSE(in_flight_before.contains(message.group)) << body << " is of a group in flight";
        if (fifo) {
          for (const auto& [other, each] : messages) {
            const bool before = each.group == message.group && each.number < message.number;
            ASSERT_TRUE(!before || each.until_us > now() || given.contains(other))
                << body << " came before " << other;
          }
        }
        given.insert(body);
        message.until_us = now() + visibility_s * kSecondUs;
        if (!message.handle.empty()) message.old_handles.insert(message.handle);
        message.handle = handle;
      }
      given.clear();
    }
    // What is there is found.
    if (claims.exhausted && !fifo) {
      for (const auto& [body, message] : messages) {
        const bool there = message.until_us <= now() && visibility_s > 0;
        ASSERT_FALSE(there) << body << " was not found, " << got << " were";
      }
    }
  }

  void delete_one(const std::string& name) {
    if (messages.empty()) return;
    auto found = messages.begin();
    std::advance(found, below(messages.size()));
    Message& message = found->second;
    if (message.handle.empty()) return;
    const bool old = !message.old_handles.empty() && below(2) == 0;
    const std::string code = remove(name, old ? *message.old_handles.begin() : message.handle);
    if (fifo && (old || message.until_us <= now())) {
      ASSERT_EQ(code, "InvalidParameterValueException");
      return;
    }
    ASSERT_EQ(code, "");
    messages.erase(found);
  }

  void change_one(const std::string& name) {
    if (messages.empty()) return;
    auto found = messages.begin();
    std::advance(found, below(messages.size()));
    Message& message = found->second;
    if (message.handle.empty()) return;
    const int64_t seconds = static_cast<int64_t>(below(3)) * 7;
    const std::string code = change_visibility(name, message.handle, seconds);
    if (fifo && message.until_us <= now()) {
      ASSERT_NE(code, "");
      return;
    }
    ASSERT_EQ(code, "");
    message.until_us = now() + seconds * kSecondUs;
  }

  void run_history(const std::string& name) {
    fifo = name.ends_with(".fifo");
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    make_queue(name);
    for (int step = 0; step < 150 && !HasFatalFailure(); ++step) {
      const size_t what = below(20);
      if (what < 6)
        send_one(name);
      else if (what < 12)
        receive_some(name);
      else if (what < 15)
        delete_one(name);
      else if (what < 17)
        change_one(name);
      else if (what < 19)
        clock.pass(std::chrono::milliseconds(below(8000)));
      else if (below(4) == 0)
        reopen();
    }
    drain(name);
  }

  // In the end all that was sent and not deleted comes, once each in the order of its group, and then
  // nothing.
  void drain(const std::string& name) {
    std::map<std::string, int> last;
    clock.pass(std::chrono::hours(1));
    for (int round = 0; round < 100 && !HasFatalFailure() && !messages.empty(); ++round) {
      for (const auto& [body, handle] : receive(name)) {
        ASSERT_TRUE(messages.contains(body)) << body;
        const Message& message = messages[body];
        if (fifo) ASSERT_GT(message.number, std::exchange(last[message.group], message.number));
        ASSERT_EQ(remove(name, handle), "");
        messages.erase(body);
      }
    }
    EXPECT_TRUE(messages.empty()) << messages.begin()->first << " was lost";
    EXPECT_EQ(bodies(receive(name)), "");
  }

  bool fifo = false;
  int sent = 0;
  identity::SeededRandom chance{static_cast<uint64_t>(GetParam())};
  std::map<std::string, Message> messages;  // by body: all that are in the queue
  std::set<std::string> given;              // by the receive that is being looked at
};

TEST_P(Model, AStandardQueueLosesNothingAndSharesNothing) {
  run_history("q");
}
TEST_P(Model, AFifoQueueKeepsItsGroupsInOrder) {
  run_history("q.fifo");
}

INSTANTIATE_TEST_SUITE_P(Seeds, Model, testing::Range(1, 11));

}  // namespace
}  // namespace hearth::services::sqs
