// Promise: functions and people have the rights of the role that they assume, and no others.
// Whoever sends an event to a target needs the right to: as a role by its policies, as a service by the
// target's, which can tell for whose resource the service acts.
#include "delivery/rights.h"

#include "delivery/target.h"
#include "identity/access.h"
#include "identity/testing.h"

namespace hearth::delivery {
namespace {

constexpr const char* kTopic = "arn:aws:things:us-east-1:123456789012:t";
constexpr const char* kPolicy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},
        "Action":"things:Give","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::mine"},
        "StringEquals":{"aws:SourceAccount":"123456789012"}}}})";

// Every resource has the policy.
class Things final : public identity::ResourceSource {
 public:
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission&) override {
    auto facts = std::make_shared<identity::ResourceFacts>();
    auto policy = identity::Policy::parse(kPolicy, identity::PolicyKind::kResource);
    facts->policy = std::make_shared<const identity::Policy>(*std::move(policy));
    co_return identity::ResourceFactsPtr(std::move(facts));
  }
};

class RightsTest : public identity::IdentityTest {
 protected:
  RightsTest() {
    access.add_source("things", things);
    const identity::RoleRecord record{
        .id = "AROA1", .name = "R", .trust_policy = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
            "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}})"};
    write([&](identity::Tables& tables) {
      tables.inline_policies.put(
          store::Key(record.id, std::string("p")),
          {.name = "p",
           .document = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"things:Give",
               "Resource":"arn:aws:things:us-east-1:123456789012:t"}})"});
    });
    put_role(record);
  }

  std::string outcome(Sender sender, const std::string& target = kTopic) {
    sender.region = "us-east-1";
    const auto allowed = run(rights.require(std::move(sender), operation, target));
    return allowed ? "allowed" : allowed.error().code;
  }

  wire::ServiceInfo info{.protocol = wire::Protocol::kRestJson};
  wire::OperationInfo operation{.name = "Give", .service = &info, .action = "things:Give"};
  identity::Sessions sessions{std::string(32, 'k'), system_random()};
  identity::RoleCredentials roles{directory, sessions, system_clock()};
  identity::Callers callers{*store, directory, sessions};
  identity::Access access{callers, {}};
  Things things;
  Rights rights{roles, access, system_clock()};
};

TEST_F(RightsTest, AServiceMayWhatTheTargetLetsItForWhomItActs) {
  const Sender mine{.service = "s3.amazonaws.com", .arn = "arn:aws:s3:::mine", .account = account};
  EXPECT_EQ(outcome(mine), "allowed");
  Sender other = mine;
  other.arn = "arn:aws:s3:::other";
  EXPECT_EQ(outcome(other), kTargetDenied);
  other = mine;
  other.account = "000000000000";
  EXPECT_EQ(outcome(other), kTargetDenied);
  other = mine;
  other.service = "events.amazonaws.com";
  EXPECT_EQ(outcome(other), kTargetDenied);
}

TEST_F(RightsTest, ARoleMayWhatItsPoliciesSayAndOnlyForWhomItTrusts) {
  Sender sender{.service = "lambda.amazonaws.com",
                .arn = "arn:aws:lambda:us-east-1:123456789012:function:f",
                .account = account,
                .role_arn = "arn:aws:iam::123456789012:role/R",
                .session_name = "f"};
  EXPECT_EQ(outcome(sender), "allowed");
  EXPECT_EQ(outcome(sender, "arn:aws:things:us-east-1:123456789012:other"), kTargetDenied);
  sender.service = "states.amazonaws.com";
  EXPECT_EQ(outcome(sender), kTargetDenied);
  sender.service = "lambda.amazonaws.com";
  sender.role_arn += "x";
  EXPECT_EQ(outcome(sender), kTargetDenied);
}

}  // namespace
}  // namespace hearth::delivery
