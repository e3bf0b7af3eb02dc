// Promise: nobody reaches a queue that its policy does not let in; a service only on behalf of what the
// policy names, and from the moment that it says so.
#include "services/sqs/resource_facts.h"

#include "services/sqs/testing.h"

namespace hearth::services::sqs {
namespace {

class Facts : public SqsTest {
 protected:
  void set_policy(const std::string& name, const std::string& policy) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      TRY(QueueRecord record, co_await require_queue(tx, ref(name)));
      record.policy = policy;
      record.tags = {{"team", "blue"}};
      Tables(tx, ref(name)).queues.put(store::Key(name), record);
      co_return {};
    };
    ASSERT_TRUE(run(store->transact(body)));
  }
  identity::ResourceFactsPtr facts_of(SqsFacts& facts, const std::string& arn) {
    return run(facts.facts_of({.action = "sqs:SendMessage", .resource = arn})).value();
  }
  // May SNS send, for this topic?
  bool may_send(SqsFacts& facts, const std::string& topic) {
    identity::AccessRequest request{
        .principal = {.kind = identity::PrincipalKind::kService, .service = "sns.amazonaws.com"},
        .action = "sqs:SendMessage",
        .resource = ref("q").arn(),
        .resource_account = "000000000000"};
    request.context.set("aws:SourceArn", topic);
    return identity::evaluate(request, {.resource = facts_of(facts, ref("q").arn())->policy}).allowed;
  }
};

TEST_F(Facts, AServiceIsLetInForTheSourceThatThePolicyNames) {
  make_queue("q");
  SqsFacts facts(*store);
  EXPECT_FALSE(may_send(facts, "arn:aws:sns:us-east-1:000000000000:t"));
  set_policy(
      "q",
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},)"
      R"("Action":"SQS:SendMessage","Resource":")" +
          ref("q").arn() +
          R"(","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:000000000000:t"}}}]})");
  EXPECT_TRUE(may_send(facts, "arn:aws:sns:us-east-1:000000000000:t"));
  EXPECT_FALSE(may_send(facts, "arn:aws:sns:us-east-1:000000000000:other"));
  EXPECT_EQ(facts_of(facts, ref("q").arn())->tags.at("team"), "blue");
  set_policy("q", "");
  EXPECT_FALSE(may_send(facts, "arn:aws:sns:us-east-1:000000000000:t"));
}

TEST_F(Facts, OfWhatIsNotThereNothingIsKnown) {
  SqsFacts facts(*store);
  for (const std::string& arn :
       {ref("gone").arn(), std::string("arn:aws:sqs:us-east-1:000000000000:a:b"), std::string("*")}) {
    const auto found = facts_of(facts, arn);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->policy, nullptr);
    EXPECT_TRUE(found->tags.empty());
  }
}

}  // namespace
}  // namespace hearth::services::sqs
