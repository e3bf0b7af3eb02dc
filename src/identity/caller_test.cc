// Promise: who signs with a session's key may do what the session was begun with, and what decides is asked
// with all that is known of caller, request and resource.
#include "identity/caller.h"

#include "identity/access.h"
#include "identity/arn.h"
#include "identity/subject_facts.h"
#include "identity/testing.h"

namespace hearth::identity {
namespace {

std::string policy(const std::string& statement) {
  return R"({"Version":"2012-10-17","Statement":{)" + statement + "}}";
}
const std::string kEverything = policy(R"("Effect":"Allow","Action":"*","Resource":"*")");
std::string everything_if(const std::string& condition) {
  return policy(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{)" + condition + "}");
}

// A service that knows one thing of all its resources.
struct Known final : ResourceSource {
  Async<ResourceFactsPtr> facts_of(const wire::Permission&) override {
    co_return std::make_shared<const ResourceFacts>(*facts);  // what was given does not change
  }
  std::shared_ptr<ResourceFacts> facts = std::make_shared<ResourceFacts>();
};

class CallerTest : public IdentityTest {
 protected:
  CallerTest() {
    put_user("AIDA1", "Bob");
    put_role({.id = "AROA1", .name = "R", .path = "/x/", .trust_policy = trust});
    gives("AIDA1", kEverything);
    gives("AROA1", kEverything);
    access.add_source("s3", bucket);
    access.add_source("iam", subjects);
  }
  void gives(const std::string& id, const std::string& document) {
    write([&](Tables& tables) {
      tables.inline_policies.put(store::Key(id, "p"), {.name = "p", .document = document});
    });
  }
  // Whom the session makes of its bearer; none when it is nobody's.
  std::optional<wire::Credential> bearer(Session session) {
    session.account = account;
    const auto made = sessions.issue(session);
    return run(access.find(made.access_key_id, made.session_token)).value();
  }
  Access::Answer ask(const Session& session, wire::Permission permission) {
    const auto credential = bearer(session);
    if (!credential) return {.refusal = "nobody"};
    const wire::Call call{.account = account, .identity = credential->identity};
    return run(access.ask(call, std::move(permission))).value();
  }
  bool may(const Session& session, const std::string& action, const std::string& resource = "*") {
    return ask(session, {.action = action, .resource = resource}).allowed;
  }
  void policy_of_bucket(const std::string& statement) {
    bucket.facts->policy =
        std::make_shared<const Policy>(Policy::parse(policy(statement), PolicyKind::kResource).value());
  }

  const std::string trust =
      policy(R"("Effect":"Allow","Principal":"*","Action":["sts:AssumeRole","sts:TagSession"])");
  const Session of_role{.principal_id = "AROA1", .name = "s"};
  const Session of_user{.kind = Session::Kind::kSelf, .principal_id = "AIDA1"};
  const Session of_root{.kind = Session::Kind::kSelf};
  const Session federated{
      .kind = Session::Kind::kFederated, .principal_id = "AIDA1", .name = "fed", .policy = kEverything};
  Sessions sessions{std::string(32, 'k'), system_random()};
  Callers callers{*store, directory, sessions};
  Access access{callers, {.account = "000000000000"}};
  Known bucket;
  SubjectFacts subjects{directory};
};

TEST_F(CallerTest, ASessionsEndIsTold) {
  Session session = of_role;
  session.expires = TimePoint(std::chrono::seconds(7));
  EXPECT_EQ(bearer(session)->expires_at, session.expires);
}

TEST_F(CallerTest, SessionsWithoutASecondFactorManageNobody) {
  for (const Session& session : {of_user, of_root, federated}) {
    EXPECT_TRUE(may(session, "s3:GetObject"));
    EXPECT_FALSE(may(session, "iam:ListUsers"));
    EXPECT_FALSE(may(session, "sts:GetFederationToken"));
  }
  EXPECT_TRUE(may(of_role, "iam:ListUsers"));
  const std::string role = iam_arn(account, "role", "/x/", "R");
  EXPECT_TRUE(may(of_user, "sts:AssumeRole", role));
  EXPECT_TRUE(may(of_user, "sts:TagSession", role));
  EXPECT_FALSE(may(federated, "sts:AssumeRole", role));
}

TEST_F(CallerTest, AFederatedUserHasWhatBothSidesGive) {
  Session session = federated;
  session.policy.reset();
  EXPECT_FALSE(may(session, "s3:GetObject"));
  gives("AIDA1", policy(R"("Effect":"Allow","Action":"sqs:*","Resource":"*")"));
  EXPECT_FALSE(may(federated, "s3:GetObject"));
  EXPECT_TRUE(may(federated, "sqs:SendMessage"));
}

TEST_F(CallerTest, ASessionEndsWithItsUser) {
  EXPECT_TRUE(bearer(of_user));
  EXPECT_TRUE(bearer(federated));
  write([](Tables& tables) {
    tables.users.erase(store::Key("bob"));
    tables.ids.erase(store::Key("AIDA1"));
  });
  EXPECT_FALSE(bearer(of_user));
  EXPECT_FALSE(bearer(federated));
}

TEST_F(CallerTest, ATokenOfAnotherAccountsRoleIsNobodys) {
  const auto made = sessions.issue({.account = "000000000000", .principal_id = "AROA1", .name = "s"});
  EXPECT_FALSE(run(access.find(made.access_key_id, made.session_token)).value());
}

TEST_F(CallerTest, WhatIsKnownOfASessionIsACondition) {
  write([](Tables& tables) {
    tables.tags.put(store::Key("AROA1", "team"), {.key = "Team", .value = "red"});
    tables.tags.put(store::Key("AROA1", "mood"), {.key = "mood", .value = "good"});
  });
  Session session = of_role;
  session.tags = {{"team", "blue"}};
  session.source_identity = "alice";
  session.provider = "idp";
  session.source_function = "arn:aws:lambda:us-east-1:123456789012:function:f";
  session.issued = TimePoint(std::chrono::seconds(0));
  for (const char* condition :
       {R"("StringEquals":{"aws:PrincipalTag/team":"blue"})",
        R"("StringEquals":{"aws:PrincipalTag/mood":"good"})",
        R"("StringEquals":{"aws:SourceIdentity":"alice"})",
        R"("StringEquals":{"aws:FederatedProvider":"idp"})",
        R"("ArnLike":{"lambda:SourceFunctionArn":"arn:aws:lambda:*:*:function:f"})",
        R"("DateEquals":{"aws:TokenIssueTime":"1970-01-01T00:00:00Z"})",
        R"("Bool":{"aws:MultiFactorAuthPresent":"false"})", R"("StringEquals":{"aws:userid":"AROA1:s"})"}) {
    gives("AROA1", everything_if(condition));
    EXPECT_TRUE(may(session, "s3:GetObject")) << condition;
  }
  gives("AROA1", everything_if(R"("StringEquals":{"aws:PrincipalTag/team":"red"})"));
  EXPECT_FALSE(may(session, "s3:GetObject")) << "tags of the session win";
  EXPECT_TRUE(may(of_role, "s3:GetObject"));
}

TEST_F(CallerTest, ConditionsCountWhereverTheyStand) {
  const std::string condition = R"("StringEquals":{"aws:userid":"AROA1:s"})";
  Session limited = of_role;
  limited.policy = everything_if(condition);
  EXPECT_TRUE(may(limited, "s3:GetObject")) << "session policy";
  write([&](Tables& tables) {
    tables.policies.put(store::Key("b"), {.id = "ANPA1", .name = "b"});
    tables.versions.put(store::Key("ANPA1", int64_t{1}), {.document = everything_if(condition)});
    tables.roles.put(store::Key("r"), {.id = "AROA1",
                                       .name = "R",
                                       .path = "/x/",
                                       .boundary = iam_arn(account, "policy", "/", "b"),
                                       .trust_policy = trust});
  });
  EXPECT_TRUE(may(of_role, "s3:GetObject")) << "boundary";
}

TEST_F(CallerTest, WhatAPermissionSaysIsACondition) {
  gives("AROA1", everything_if(R"("StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"})"));
  const auto passes = [&](const std::string& service) {
    return ask(of_role, {.action = "iam:PassRole",
                         .resource = iam_arn(account, "role", "/x/", "R"),
                         .conditions = {{"iam:PassedToService", {service}}}})
        .allowed;
  };
  EXPECT_TRUE(passes("lambda.amazonaws.com"));
  EXPECT_FALSE(passes("ec2.amazonaws.com"));
}

TEST_F(CallerTest, WhatAResourceSaysDecidesToo) {
  const std::string object = "arn:aws:s3:::b/k";
  gives("AROA1", policy(R"("Effect":"Allow","Action":"sqs:*","Resource":"*")"));
  EXPECT_FALSE(may(of_role, "s3:GetObject", object));
  const std::string session = R"("Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/R/s"})";
  policy_of_bucket(R"("Effect":"Allow",)" + session + R"(,"Action":"s3:*","Resource":"*")");
  EXPECT_TRUE(may(of_role, "s3:GetObject", object));
  bucket.facts->account = "000000000000";
  EXPECT_FALSE(may(of_role, "s3:GetObject", object)) << "across accounts both sides must agree";

  bucket.facts = std::make_shared<ResourceFacts>();
  bucket.facts->tags = {{"stage", "test"}};
  gives("AROA1", everything_if(R"("StringEquals":{"aws:ResourceTag/stage":"test"})"));
  EXPECT_TRUE(may(of_role, "s3:GetObject", object));
}

TEST_F(CallerTest, APolicyThatIsTheOnlyDoorSaysNotWhy) {
  const std::string object = "arn:aws:s3:::b/k";
  policy_of_bucket(R"("Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"s3:*","Resource":"*")");
  EXPECT_TRUE(may(of_role, "s3:GetObject", object));
  bucket.facts->authoritative = true;
  EXPECT_EQ(ask(of_role, {.action = "s3:GetObject", .resource = object}).refusal,
            "User: arn:aws:sts::123456789012:assumed-role/R/s is not authorized to perform: s3:GetObject on "
            "resource: " +
                object);
}

TEST_F(CallerTest, AResourceMayDenyTheRootOfItsAccount) {
  const std::string object = "arn:aws:s3:::b/k";
  ASSERT_TRUE(run(accounts.ensure(account)));
  const auto credential = run(access.find(run(accounts.create_root_key(account))->id, "")).value();
  const wire::Call call{.account = account, .identity = credential->identity};
  const auto allowed = [&] {
    return run(access.ask(call, {.action = "s3:GetObject", .resource = object}))->allowed;
  };
  EXPECT_TRUE(allowed());
  policy_of_bucket(R"("Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*")");
  EXPECT_FALSE(allowed());
}

TEST_F(CallerTest, ARoleIsKnownByItsWholeArn) {
  write(
      [](Tables& tables) { tables.tags.put(store::Key("AROA1", "team"), {.key = "team", .value = "red"}); });
  const auto facts = [&](const std::string& action, const std::string& path) {
    return run(subjects.facts_of({.action = action, .resource = iam_arn(account, "role", path, "R")}))
        .value();
  };
  const auto assuming = facts("sts:AssumeRole", "/x/"), getting = facts("iam:GetRole", "/x/");
  EXPECT_TRUE(assuming->policy && assuming->authoritative && assuming->tags.contains("team"));
  EXPECT_TRUE(!getting->policy && !getting->authoritative && getting->tags.contains("team"));
  const auto other = facts("sts:AssumeRole", "/");
  EXPECT_TRUE(!other->policy && other->authoritative && other->tags.empty());
}

}  // namespace
}  // namespace hearth::identity
