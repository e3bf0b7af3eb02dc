// Promise: functions are strangers to each other: a role is had by those that it trusts, from those who may
// pass it.
#include "identity/role_credentials.h"

#include "identity/access.h"
#include "identity/testing.h"

namespace hearth::identity {
namespace {

constexpr std::string_view kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},
        "Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}})";

constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";

class RoleCredentialsTest : public IdentityTest {
 protected:
  RoleCredentialsTest() { put_role({.id = "AROA1", .name = "R", .trust_policy = std::string(kTrust)}); }

  std::string passing(const std::string& role, const std::string& service = "lambda.amazonaws.com") {
    const wire::OperationInfo operation{.name = "CreateFunction", .service = &info};
    const wire::Call call{.account = account, .identity = {.account = account}, .operation = &operation};
    const auto passed = run(
        roles.check_pass(call, {.role_arn = role, .service = service, .resource_arn = kFunction}, everyone));
    return passed ? "passed" : passed.error().code;
  }

  struct Everyone final : wire::Authorizer {
    Async<void> authorize(const wire::Call& call, wire::Permission permission) override {
      asked = permission.action + " " + permission.resource;
      conditions = std::move(permission.conditions);
      if (refuses) co_return wire::access_denied(call, "no");
      co_return {};
    }
    std::string asked;
    std::vector<std::pair<std::string, std::vector<std::string>>> conditions;
    bool refuses = false;
  };

  wire::ServiceInfo info{.protocol = wire::Protocol::kRestJson};
  Sessions sessions{std::string(32, 'k'), system_random()};
  RoleCredentials roles{directory, sessions, system_clock()};
  Everyone everyone;
};

TEST_F(RoleCredentialsTest, ARoleIsPassedToTheServiceThatItTrusts) {
  const std::string arn = "arn:aws:iam::123456789012:role/R";
  EXPECT_EQ(passing(arn), "passed");
  EXPECT_EQ(everyone.asked, "iam:PassRole " + arn);
  EXPECT_EQ(everyone.conditions,
            (decltype(everyone.conditions){{"iam:PassedToService", {"lambda.amazonaws.com"}},
                                           {"iam:AssociatedResourceArn", {kFunction}}}));
  EXPECT_EQ(passing(arn, "states.amazonaws.com"), "RoleNotAssumable");
  EXPECT_EQ(passing("arn:aws:iam::123456789012:role/none"), "RoleNotAssumable");
  EXPECT_EQ(passing("arn:aws:iam::123456789012:role/path/R"), "RoleNotAssumable");
  EXPECT_EQ(passing("arn:aws:iam::000000000000:role/R"), "AccessDeniedException");
  everyone.refuses = true;
  EXPECT_EQ(passing(arn), "AccessDeniedException");
}

TEST_F(RoleCredentialsTest, ARoleMayTrustAServiceForOneOfItsResources) {
  const std::string trust =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},
          "Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:lambda:us-east-1:123456789012:function:)";
  const auto trusting = [&](const std::string& function) {
    put_role({.id = "AROA2", .name = "one", .trust_policy = trust + function + R"("}}}})"});
    return passing("arn:aws:iam::123456789012:role/one");
  };
  EXPECT_EQ(trusting("f"), "passed");
  EXPECT_EQ(trusting("g"), "RoleNotAssumable");
}

TEST_F(RoleCredentialsTest, CredentialsOfARoleThatIsNotThereAreNobodys) {
  Callers callers{*store, directory, sessions};
  const auto opens = [&](const std::string& arn, const std::string& service = "lambda.amazonaws.com") {
    const auto made = run(roles.issue({.role_arn = arn, .session_name = "f", .service = service})).value();
    return run(callers.find(made.access_key_id, made.session_token)).value() != nullptr;
  };
  EXPECT_TRUE(opens("arn:aws:iam::123456789012:role/R"));
  EXPECT_FALSE(opens("arn:aws:iam::123456789012:role/none"));
  EXPECT_FALSE(opens("arn:aws:iam::123456789012:role/R", "states.amazonaws.com"));
}

TEST_F(RoleCredentialsTest, AServiceThatActsWithARoleMayDoWhatTheRoleMay) {
  const RoleRecord record{.id = "AROA2", .name = "Acting", .trust_policy = std::string(kTrust)};
  const std::string text =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"lambda:InvokeFunction",
          "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f"}})";
  write([&](Tables& tables) {
    tables.inline_policies.put(store::Key(record.id, std::string("p")), {.name = "p", .document = text});
  });
  put_role(record);
  Callers callers{*store, directory, sessions};
  Access access{callers, {}};
  const wire::OperationInfo operation{.name = "Invoke", .service = &info};
  const RoleCredentials::Use use{.role_arn = "arn:aws:iam::123456789012:role/Acting",
                                 .session_name = "g",
                                 .service = "lambda.amazonaws.com"};
  const wire::Call call{
      .account = account, .identity = run(roles.act_as(use)).value(), .operation = &operation};
  EXPECT_EQ(call.identity.arn, "arn:aws:sts::123456789012:assumed-role/Acting/g");
  const auto may = [&](const std::string& function) {
    const auto answer =
        run(access.ask(call, {.action = "lambda:InvokeFunction",
                              .resource = "arn:aws:lambda:us-east-1:123456789012:" + function}));
    return answer.value().allowed;
  };
  EXPECT_TRUE(may("function:f"));
  EXPECT_FALSE(may("function:other"));
  erase_role(record);
  const auto gone = run(roles.act_as(use));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "RoleNotAssumable");
}

}  // namespace
}  // namespace hearth::identity
