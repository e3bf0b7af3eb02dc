// Promise: IAM is enforced (who may do what, within an account and across, and what they are told).
#include "identity/policy/evaluate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "identity/policy/denial.h"

namespace hearth::identity {
namespace {

using Reason = Decision::Reason;

constexpr std::string_view kOwn = "111111111111", kOther = "222222222222";
constexpr std::string_view kAllowQueue =
    R"("Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111111111111:q")";
constexpr std::string_view kDenyQueue =
    R"("Effect":"Deny","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111111111111:q")";

PolicyPtr policy(std::string_view members, PolicyKind kind = PolicyKind::kIdentity) {
  const auto parsed =
      Policy::parse(fmt::format(R"({{"Version":"2012-10-17","Statement":{{{}}}}})", members), kind);
  EXPECT_TRUE(parsed) << members << ": " << parsed.error().message;
  return std::make_shared<const Policy>(*parsed);
}

PolicyPtr granting(std::string_view principal, std::string_view members = kAllowQueue) {
  return policy(fmt::format(R"("Principal":{},{})", principal, members), PolicyKind::kResource);
}

PolicyPtr granting_arn(std::string_view arn) {
  return granting(fmt::format(R"({{"AWS":"{}"}})", arn));
}

Principal user(std::string_view account) {
  return {.kind = PrincipalKind::kUser,
          .account = std::string(account),
          .arn = fmt::format("arn:aws:iam::{}:user/team/ann", account),
          .user_id = "AIDAANNANNANNANNANNAN"};
}

Principal session(std::string_view account) {
  return {.kind = PrincipalKind::kRoleSession,
          .account = std::string(account),
          .arn = fmt::format("arn:aws:sts::{}:assumed-role/worker/night", account),
          .role_arn = fmt::format("arn:aws:iam::{}:role/jobs/worker", account),
          .user_id = "AROAWORKERWORKERWORKE:night"};
}

Principal root(std::string_view account) {
  return {.kind = PrincipalKind::kRoot,
          .account = std::string(account),
          .arn = fmt::format("arn:aws:iam::{}:root", account),
          .user_id = std::string(account)};
}

Principal federated(std::string_view account) {
  return {.kind = PrincipalKind::kFederatedUser,
          .account = std::string(account),
          .arn = fmt::format("arn:aws:sts::{}:federated-user/bob", account),
          .user_id = fmt::format("{}:bob", account)};
}

Principal service(std::string_view name) {
  return {.kind = PrincipalKind::kService, .service = std::string(name)};
}

AccessRequest send(Principal principal) {
  AccessRequest request{.principal = std::move(principal),
                        .action = "sqs:SendMessage",
                        .resource = "arn:aws:sqs:us-east-1:111111111111:q",
                        .resource_account = std::string(kOwn)};
  set_principal_keys(request.principal, request.context);
  return request;
}

Reason reason(const Principal& principal, const PolicySet& policies) {
  return evaluate(send(principal), policies).reason;
}

TEST(Evaluate, NothingIsAllowedThatNoPolicyAllows) {
  EXPECT_EQ(reason(user(kOwn), {}), Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(session(kOwn), {}), Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(service("s3.amazonaws.com"), {}), Reason::kNotAllowedByResource);
  EXPECT_EQ(reason({}, {}), Reason::kNotAllowedByResource);
  EXPECT_EQ(reason(user(kOwn), {.identity = {nullptr, policy(kAllowQueue)}}), Reason::kAllowed);
}

// The rows of caller and grant, within an account and from another.
TEST(Evaluate, MatrixOfCallersAndGrants) {
  const PolicySet identity_only{.identity = {policy(kAllowQueue)}};
  const auto both = [&](const PolicyPtr& resource) {
    return PolicySet{.identity = {policy(kAllowQueue)}, .resource = resource};
  };
  const auto resource_only = [](const PolicyPtr& resource) { return PolicySet{.resource = resource}; };
  const Principal foreign_user = user(kOther), foreign_session = session(kOther);

  // 1. identity policy alone
  EXPECT_EQ(reason(user(kOwn), identity_only), Reason::kAllowed);
  EXPECT_EQ(reason(foreign_user, identity_only), Reason::kNotAllowedByResource);
  // 2. the user is named
  EXPECT_EQ(reason(user(kOwn), resource_only(granting_arn(user(kOwn).arn))), Reason::kAllowed);
  EXPECT_EQ(reason(foreign_user, resource_only(granting_arn(foreign_user.arn))),
            Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(foreign_user, both(granting_arn(foreign_user.arn))), Reason::kAllowed);
  // 3. the session is named
  EXPECT_EQ(reason(session(kOwn), resource_only(granting_arn(session(kOwn).arn))), Reason::kAllowed);
  EXPECT_EQ(reason(foreign_session, resource_only(granting_arn(foreign_session.arn))),
            Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(foreign_session, both(granting_arn(foreign_session.arn))), Reason::kAllowed);
  // 4. the role is named
  EXPECT_EQ(reason(session(kOwn), resource_only(granting_arn(session(kOwn).role_arn))), Reason::kAllowed);
  EXPECT_EQ(reason(foreign_session, resource_only(granting_arn(foreign_session.role_arn))),
            Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(foreign_session, both(granting_arn(foreign_session.role_arn))), Reason::kAllowed);
  // 5. the account is named, in each of its three spellings: it only delegates
  for (const auto* spelling :
       {R"({"AWS":"111111111111"})", R"({"AWS":["arn:aws:iam::111111111111:root"]})"}) {
    EXPECT_EQ(reason(user(kOwn), resource_only(granting(spelling))), Reason::kNotAllowedByIdentity);
    EXPECT_EQ(reason(user(kOwn), both(granting(spelling))), Reason::kAllowed);
    EXPECT_EQ(reason(foreign_user, both(granting(spelling))), Reason::kNotAllowedByResource);
  }
  EXPECT_EQ(reason(foreign_user, resource_only(granting(R"({"AWS":"222222222222"})"))),
            Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(foreign_user, both(granting(R"({"AWS":"222222222222"})"))), Reason::kAllowed);
  // 6. everyone is named
  EXPECT_EQ(reason(user(kOwn), resource_only(granting(R"("*")"))), Reason::kAllowed);
  EXPECT_EQ(reason(foreign_user, resource_only(granting(R"("*")"))), Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(foreign_user, both(granting(R"({"AWS":"*"})"))), Reason::kAllowed);
  // 7. services have no policies of their own
  EXPECT_EQ(reason(service("s3.amazonaws.com"), resource_only(granting(R"({"Service":"s3.amazonaws.com"})"))),
            Reason::kAllowed);
  EXPECT_EQ(reason(service("sns.amazonaws.com"), both(granting(R"({"Service":"s3.amazonaws.com"})"))),
            Reason::kNotAllowedByResource);
  // 8. nobody is among everyone, and in no account
  EXPECT_EQ(reason({}, resource_only(granting(R"("*")"))), Reason::kAllowed);
  EXPECT_EQ(
      reason({}, resource_only(granting(R"({"AWS":["111111111111","arn:aws:iam::111111111111:user/x"]})"))),
      Reason::kNotAllowedByResource);
}

TEST(Evaluate, CanonicalUsersAreAccounts) {
  const auto named = [](const std::string& account) {
    return granting(R"({"CanonicalUser":")" + canonical_user_id(account) + R"("})");
  };
  const Principal owner = user(kOwn);
  EXPECT_EQ(reason(owner, {.identity = {policy(kAllowQueue)},
                           .resource = named("999999999999"),
                           .resource_is_authoritative = true}),
            Reason::kNotAllowedByResource);
  const PolicyPtr grant = named(owner.account);
  EXPECT_EQ(reason(owner, {.resource = grant}), Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(owner,
                   {.identity = {policy(kAllowQueue)}, .resource = grant, .resource_is_authoritative = true}),
            Reason::kAllowed);
}

TEST(Evaluate, DenyWinsWhereverItStands) {
  const PolicySet allowed{.identity = {policy(kAllowQueue)},
                          .boundary = policy(kAllowQueue, PolicyKind::kBoundary),
                          .session = {policy(kAllowQueue, PolicyKind::kSession)},
                          .has_session_policy = true,
                          .resource = granting(R"("*")")};
  EXPECT_EQ(reason(session(kOwn), allowed), Reason::kAllowed);
  const auto denied = [&](auto change) {
    PolicySet set = allowed;
    change(set);
    return reason(session(kOwn), set);
  };
  EXPECT_EQ(denied([](auto& set) { set.identity.push_back(policy(kDenyQueue)); }), Reason::kDeniedByIdentity);
  EXPECT_EQ(denied([](auto& set) { set.resource = granting(R"("*")", kDenyQueue); }),
            Reason::kDeniedByResource);
  EXPECT_EQ(denied([](auto& set) { set.boundary = policy(kDenyQueue); }), Reason::kDeniedByBoundary);
  EXPECT_EQ(denied([](auto& set) { set.session.push_back(policy(kDenyQueue)); }), Reason::kDeniedBySession);
  // A deny for someone else is none.
  EXPECT_EQ(denied([](auto& set) { set.resource = granting(R"({"AWS":"222222222222"})", kDenyQueue); }),
            Reason::kAllowed);
}

TEST(Evaluate, BoundaryAndSessionPolicyLimit) {
  const PolicyPtr allow = policy(kAllowQueue);
  const PolicyPtr other = policy(R"("Effect":"Allow","Action":"s3:*","Resource":"*")");
  EXPECT_EQ(reason(session(kOwn), {.identity = {allow}, .boundary = other}), Reason::kNotAllowedByBoundary);
  EXPECT_EQ(reason(session(kOwn), {.identity = {other}, .boundary = allow}), Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(session(kOwn), {.identity = {allow}, .session = {other}, .has_session_policy = true}),
            Reason::kNotAllowedBySession);
  EXPECT_EQ(
      reason(session(kOwn), {.identity = {allow}, .session = {other, allow}, .has_session_policy = true}),
      Reason::kAllowed);
  EXPECT_EQ(reason(session(kOwn), {.identity = {allow}, .has_session_policy = true}),
            Reason::kNotAllowedBySession);
  // A grant to the role stands in for its policies only; one to the session needs nothing else.
  const PolicyPtr to_role = granting_arn(session(kOwn).role_arn),
                  to_session = granting_arn(session(kOwn).arn);
  const PolicyPtr to_id = granting_arn("AROAWORKERWORKERWORKE");
  for (const PolicyPtr& grant : {to_role, to_id}) {
    EXPECT_EQ(reason(session(kOwn), {.boundary = other, .resource = grant}), Reason::kNotAllowedByBoundary);
    EXPECT_EQ(reason(session(kOwn), {.session = {other}, .has_session_policy = true, .resource = grant}),
              Reason::kNotAllowedBySession);
    EXPECT_EQ(reason(session(kOwn), {.resource = grant}), Reason::kAllowed);
  }
  EXPECT_EQ(
      reason(session(kOwn),
             {.boundary = other, .session = {other}, .has_session_policy = true, .resource = to_session}),
      Reason::kAllowed);
  EXPECT_EQ(reason(user(kOwn), {.boundary = other, .resource = granting_arn(user(kOwn).arn)}),
            Reason::kAllowed);
  EXPECT_EQ(reason(user(kOther),
                   {.identity = {allow}, .boundary = other, .resource = granting_arn(user(kOther).arn)}),
            Reason::kNotAllowedByBoundary);
}

TEST(Evaluate, RootLacksNothingInItsOwnAccount) {
  EXPECT_EQ(reason(root(kOwn), {}), Reason::kAllowed);
  EXPECT_EQ(reason(root(kOwn), {.resource = granting(R"("*")", kDenyQueue)}), Reason::kDeniedByResource);
  EXPECT_EQ(reason(root(kOwn), {.resource = granting(R"({"AWS":"111111111111"})", kDenyQueue)}),
            Reason::kDeniedByResource);
  EXPECT_EQ(reason(root(kOther), {}), Reason::kNotAllowedByResource);
  EXPECT_EQ(reason(root(kOther), {.resource = granting(R"({"AWS":"222222222222"})")}), Reason::kAllowed);
}

TEST(Evaluate, SomePoliciesOfResourcesAreTheOnlyDoor) {
  const auto only = [](const PolicyPtr& resource, bool identity) {
    return PolicySet{.identity = {identity ? policy(kAllowQueue) : nullptr},
                     .resource = resource,
                     .resource_is_authoritative = true};
  };
  EXPECT_EQ(reason(user(kOwn), only(nullptr, true)), Reason::kNotAllowedByResource);
  EXPECT_EQ(reason(root(kOwn), only(nullptr, true)), Reason::kNotAllowedByResource);
  EXPECT_EQ(reason(user(kOwn), only(granting(R"({"AWS":"111111111111"})"), true)), Reason::kAllowed);
  EXPECT_EQ(reason(user(kOwn), only(granting(R"({"AWS":"111111111111"})"), false)),
            Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(root(kOwn), only(granting(R"({"AWS":"111111111111"})"), false)), Reason::kAllowed);
  EXPECT_EQ(reason(user(kOwn), only(granting_arn(user(kOwn).arn), false)), Reason::kAllowed);
}

TEST(Evaluate, FederatedUsersHaveWhatTheirSessionGives) {
  const PolicyPtr allow = policy(kAllowQueue);
  EXPECT_EQ(reason(federated(kOwn), {.identity = {allow}}), Reason::kNotAllowedBySession);
  EXPECT_EQ(reason(federated(kOwn), {.identity = {allow}, .session = {allow}, .has_session_policy = true}),
            Reason::kAllowed);
  EXPECT_EQ(reason(federated(kOwn), {.session = {allow}, .has_session_policy = true}),
            Reason::kNotAllowedByIdentity);
  EXPECT_EQ(reason(federated(kOwn), {.resource = granting_arn(federated(kOwn).arn)}), Reason::kAllowed);
}

TEST(Evaluate, TrustPolicies) {
  const std::string role = "arn:aws:iam::111111111111:role/target";
  const auto asks = [&](Principal principal, std::string action, std::string_view trust,
                        const PolicyPtr& identity) {
    AccessRequest request{.principal = std::move(principal),
                          .action = std::move(action),
                          .resource = role,
                          .resource_account = std::string(kOwn)};
    set_principal_keys(request.principal, request.context);
    request.context.set("sts:ExternalId", "secret");
    return evaluate(request, {.identity = {identity},
                              .resource = policy(trust, PolicyKind::kTrust),
                              .resource_is_authoritative = true})
        .reason;
  };
  const PolicyPtr may_assume = policy(R"("Effect":"Allow","Action":"sts:AssumeRole","Resource":"*")");
  const std::string to_account =
      R"("Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole")";
  EXPECT_EQ(asks(user(kOwn), "sts:AssumeRole", to_account, may_assume), Reason::kAllowed);
  EXPECT_EQ(asks(user(kOwn), "sts:AssumeRole", to_account, nullptr), Reason::kNotAllowedByIdentity);
  EXPECT_EQ(asks(user(kOther), "sts:AssumeRole", to_account, may_assume), Reason::kNotAllowedByResource);
  const std::string to_user =
      R"("Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/team/ann"},"Action":"sts:AssumeRole",
         "Condition":{"StringEquals":{"sts:ExternalId":"secret"}})";
  EXPECT_EQ(asks(user(kOwn), "sts:AssumeRole", to_user, nullptr), Reason::kAllowed);
  const std::string to_service =
      R"("Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole")";
  EXPECT_EQ(asks(service("lambda.amazonaws.com"), "sts:AssumeRole", to_service, nullptr), Reason::kAllowed);
  EXPECT_EQ(asks(user(kOwn), "sts:AssumeRole", to_service, may_assume), Reason::kNotAllowedByResource);
  const std::string to_provider =
      R"("Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/id.example"},
         "Action":"sts:AssumeRoleWithWebIdentity")";
  const Principal visitor{.kind = PrincipalKind::kWebIdentity,
                          .provider = "arn:aws:iam::111111111111:oidc-provider/id.example"};
  EXPECT_EQ(asks(visitor, "sts:AssumeRoleWithWebIdentity", to_provider, nullptr), Reason::kAllowed);
  EXPECT_EQ(asks({.kind = PrincipalKind::kWebIdentity, .provider = "accounts.google.com"},
                 "sts:AssumeRoleWithWebIdentity", to_provider, nullptr),
            Reason::kNotAllowedByResource);
}

TEST(Evaluate, NotPrincipalSparesWhoIsListedInFull) {
  const auto denying_all_but = [](std::string_view principals) {
    return PolicySet{.identity = {policy(kAllowQueue)},
                     .resource = policy(fmt::format(R"("NotPrincipal":{},{})", principals, kDenyQueue),
                                        PolicyKind::kResource)};
  };
  const std::string account = "111111111111";
  EXPECT_EQ(
      reason(user(kOwn), denying_all_but(fmt::format(R"({{"AWS":["{}","{}"]}})", account, user(kOwn).arn))),
      Reason::kAllowed);
  EXPECT_EQ(reason(user(kOwn), denying_all_but(fmt::format(R"({{"AWS":["{}"]}})", user(kOwn).arn))),
            Reason::kDeniedByResource);
  EXPECT_EQ(reason(user(kOwn), denying_all_but(fmt::format(R"({{"AWS":["{}"]}})", account))),
            Reason::kDeniedByResource);
  EXPECT_EQ(reason(session(kOwn), denying_all_but(fmt::format(R"({{"AWS":["{}","{}","{}"]}})", account,
                                                              session(kOwn).arn, session(kOwn).role_arn))),
            Reason::kAllowed);
  EXPECT_EQ(reason(session(kOwn),
                   denying_all_but(fmt::format(R"({{"AWS":["{}","{}"]}})", account, session(kOwn).role_arn))),
            Reason::kDeniedByResource);
  EXPECT_EQ(reason(root(kOwn), denying_all_but(fmt::format(R"({{"AWS":"{}"}})", account))), Reason::kAllowed);
  EXPECT_EQ(reason({}, denying_all_but(fmt::format(R"({{"AWS":"{}"}})", account))),
            Reason::kDeniedByResource);
  EXPECT_EQ(reason(service("s3.amazonaws.com"), denying_all_but(R"({"Service":"s3.amazonaws.com"})")),
            Reason::kNotAllowedByResource);
}

TEST(Evaluate, ActionsWithoutRegardToCaseResourcesWith) {
  const auto allows = [](std::string_view members, std::string action, std::string resource) {
    AccessRequest request{
        .principal = user(kOwn), .action = std::move(action), .resource = std::move(resource)};
    return evaluate(request,
                    {.identity = {policy(std::string("\"Effect\":\"Allow\",") + std::string(members))}})
        .allowed;
  };
  EXPECT_TRUE(allows(R"("Action":"S3:getobject","Resource":"*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(allows(R"("Action":"s3:*Object","Resource":"*")", "S3:PUTOBJECT", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(allows(R"("Action":"s3:?etObject","Resource":"*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(allows(R"("Action":"*:*","Resource":"*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(allows(R"("Action":"s3:Get","Resource":"*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(
      allows(R"("Action":"s3:*","Resource":"arn:aws:s3:::B/*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(allows(R"("Action":"s3:*","Resource":"arn:aws:s3:::b")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(allows(R"("NotAction":"iam:*","Resource":"*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(
      allows(R"("NotAction":["iam:*","s3:Get*"],"Resource":"*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(
      allows(R"("Action":"s3:*","NotResource":"arn:aws:s3:::secret/*")", "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(allows(R"("Action":"s3:*","NotResource":["arn:aws:s3:::c","arn:aws:s3:::b/*"])",
                      "s3:GetObject", "arn:aws:s3:::b/k"));
  // What is on nothing in particular is allowed by "*" only.
  EXPECT_TRUE(allows(R"("Action":"s3:*","Resource":"*")", "s3:ListAllMyBuckets", "*"));
  EXPECT_FALSE(allows(R"("Action":"s3:*","Resource":"arn:aws:s3:::*")", "s3:ListAllMyBuckets", "*"));
}

TEST(Evaluate, VariablesStandForTheRequestsValues) {
  const auto allows = [](std::string_view version, std::string_view resource, std::string asked) {
    const auto parsed =
        Policy::parse(fmt::format(R"({{"Version":"{}","Statement":{{"Effect":"Allow","Action":"s3:*",
                                                     {}}}}})",
                                  version, resource),
                      PolicyKind::kIdentity);
    AccessRequest request{.principal = user(kOwn), .action = "s3:GetObject", .resource = std::move(asked)};
    set_principal_keys(request.principal, request.context);
    request.context.set("aws:PrincipalTag/Star", "*");
    request.context.set("aws:PrincipalTag/Colon", "a:b");
    request.context.set("aws:TagKeys", std::vector<std::string>{"a", "b"});
    return evaluate(request, {.identity = {std::make_shared<const Policy>(*parsed)}}).allowed;
  };
  constexpr std::string_view kNew = "2012-10-17", kOld = "2008-10-17";
  const std::string home = R"("Resource":"arn:aws:s3:::b/${aws:username}/*")";
  EXPECT_TRUE(allows(kNew, home, "arn:aws:s3:::b/ann/k"));
  EXPECT_FALSE(allows(kNew, home, "arn:aws:s3:::b/bob/k"));
  EXPECT_FALSE(allows(kOld, home, "arn:aws:s3:::b/ann/k"));
  EXPECT_TRUE(allows(kOld, home, "arn:aws:s3:::b/${aws:username}/k"));
  EXPECT_TRUE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${AWS:UserName}")", "arn:aws:s3:::b/ann"));
  EXPECT_TRUE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${aws:PrincipalTag/Team, 'no team'}")",
                     "arn:aws:s3:::b/no team"));
  EXPECT_TRUE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${aws:username,'x'}")", "arn:aws:s3:::b/ann"));
  EXPECT_FALSE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${aws:PrincipalTag/Team}")", "arn:aws:s3:::b/"));
  // Wildcards in values are plain, and so are colons.
  EXPECT_TRUE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${aws:PrincipalTag/Star}")", "arn:aws:s3:::b/*"));
  EXPECT_FALSE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${aws:PrincipalTag/Star}")", "arn:aws:s3:::b/k"));
  EXPECT_TRUE(allows(kNew, R"("Resource":"arn:aws:s3:::${aws:PrincipalTag/Colon}")", "arn:aws:s3:::a:b"));
  EXPECT_TRUE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${*}${?}${$}")", "arn:aws:s3:::b/*?$"));
  EXPECT_FALSE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${*}${?}${$}")", "arn:aws:s3:::b/xx$"));
  // Several values are none; another resource still counts; what is excepted must be known.
  EXPECT_FALSE(allows(kNew, R"("Resource":"arn:aws:s3:::b/${aws:TagKeys}")", "arn:aws:s3:::b/a"));
  EXPECT_TRUE(
      allows(kNew, R"("Resource":["arn:aws:s3:::b/${aws:none}","arn:aws:s3:::b/k"])", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(allows(kNew, R"("NotResource":"arn:aws:s3:::b/${aws:none}")", "arn:aws:s3:::b/k"));
}

TEST(Evaluate, TellsWhichStatementsMatched) {
  const auto two = Policy::parse(R"({"Version":"2012-10-17","Statement":[
 {"Effect":"Deny","NotAction":"sqs:*","Resource":"*"},
 {"Effect":"Allow","Action":"*","Resource":"*"},
 {"Effect":"Allow","Action":"sqs:Send*","Resource":"*"},
 {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]})",
                                 PolicyKind::kIdentity);
  const Decision decision =
      evaluate(send(user(kOwn)), {.identity = {policy(R"("Effect":"Allow","Action":"s3:*","Resource":"*")"),
                                               std::make_shared<const Policy>(*two)},
                                  .resource = granting_arn(user(kOwn).arn)});
  EXPECT_TRUE(decision.allowed);
  ASSERT_EQ(decision.matches.size(), 3u);
  EXPECT_EQ(decision.matches[0].policy, 1u);
  EXPECT_EQ(decision.matches[0].statement, 1u);
  EXPECT_TRUE(decision.matches[0].allows);
  EXPECT_EQ(decision.matches[0].span,
            (TextSpan{.begin = {.line = 3, .column = 2}, .end = {.line = 3, .column = 48}}));
  EXPECT_EQ(decision.matches[1].statement, 2u);
  EXPECT_EQ(decision.matches[2].source, PolicySource::kResource);
}

TEST(Denial, SaysWhoWhatAndWhy) {
  const auto text = [](const Principal& principal, const PolicySet& policies) {
    const AccessRequest request = send(principal);
    return denial_text(request, evaluate(request, policies));
  };
  const std::string head =
      "User: arn:aws:sts::111111111111:assumed-role/worker/night is not authorized to perform: "
      "sqs:sendmessage on "
      "resource: arn:aws:sqs:us-east-1:111111111111:q ";
  const PolicyPtr allow = policy(kAllowQueue), deny = policy(kDenyQueue);
  const PolicyPtr other = policy(R"("Effect":"Allow","Action":"s3:*","Resource":"*")");
  const Principal caller = session(kOwn);
  EXPECT_EQ(text(caller, {}), head + "because no identity-based policy allows the sqs:sendmessage action");
  EXPECT_EQ(text(caller, {.identity = {allow}, .boundary = other}),
            head + "because no permissions boundary allows the sqs:sendmessage action");
  EXPECT_EQ(text(caller, {.identity = {allow}, .session = {other}, .has_session_policy = true}),
            head + "because no session policy allows the sqs:sendmessage action");
  EXPECT_EQ(text(caller, {.identity = {allow}, .resource_is_authoritative = true}),
            head + "because no resource-based policy allows the sqs:sendmessage action");
  EXPECT_EQ(text(caller, {.identity = {deny}}), head + "with an explicit deny in an identity-based policy");
  EXPECT_EQ(text(caller, {.boundary = deny}), head + "with an explicit deny in a permissions boundary");
  EXPECT_EQ(text(caller, {.session = {deny}, .has_session_policy = true}),
            head + "with an explicit deny in a session policy");
  EXPECT_EQ(text(caller, {.resource = granting(R"("*")", kDenyQueue)}),
            head + "with an explicit deny in a resource-based policy");
  EXPECT_EQ(text(service("s3.amazonaws.com"), {}),
            "User: s3.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: "
            "arn:aws:sqs:us-east-1:111111111111:q because no resource-based policy allows the "
            "sqs:sendmessage action");
  AccessRequest list{.principal = user(kOwn), .action = "s3:ListAllMyBuckets", .resource = "*"};
  EXPECT_EQ(denial_text(list, evaluate(list, {})),
            "User: arn:aws:iam::111111111111:user/team/ann is not authorized to perform: s3:ListAllMyBuckets "
            "because "
            "no identity-based policy allows the s3:ListAllMyBuckets action");
  EXPECT_EQ(denial_text(send(user(kOwn))),
            "User: arn:aws:iam::111111111111:user/team/ann is not authorized to perform: sqs:sendmessage on "
            "resource: "
            "arn:aws:sqs:us-east-1:111111111111:q");
}

TEST(Principals, TheirKeysFollowFromWhoTheyAre) {
  const auto value = [](const Principal& principal, std::string_view key) {
    ConditionContext context;
    set_principal_keys(principal, context);
    const auto values = context.find(key);
    return values.empty() ? std::string("-") : values[0];
  };
  EXPECT_EQ(value(session(kOwn), "AWS:principalarn"), "arn:aws:iam::111111111111:role/jobs/worker");
  EXPECT_EQ(value(session(kOwn), "aws:userid"), "AROAWORKERWORKERWORKE:night");
  EXPECT_EQ(value(session(kOwn), "aws:username"), "-");
  EXPECT_EQ(value(session(kOwn), "aws:PrincipalType"), "AssumedRole");
  EXPECT_EQ(value(user(kOwn), "aws:username"), "ann");
  EXPECT_EQ(value(user(kOwn), "aws:PrincipalArn"), "arn:aws:iam::111111111111:user/team/ann");
  EXPECT_EQ(value(root(kOwn), "aws:PrincipalType"), "Account");
  EXPECT_EQ(value(root(kOwn), "aws:PrincipalAccount"), "111111111111");
  EXPECT_EQ(value(federated(kOwn), "aws:PrincipalType"), "FederatedUser");
  EXPECT_EQ(value(service("a.amazonaws.com"), "aws:PrincipalIsAWSService"), "true");
  EXPECT_EQ(value(service("a.amazonaws.com"), "aws:PrincipalServiceName"), "a.amazonaws.com");
  EXPECT_EQ(value(service("a.amazonaws.com"), "aws:PrincipalArn"), "-");
  EXPECT_EQ(value({}, "aws:PrincipalType"), "Anonymous");
  EXPECT_EQ(value({}, "aws:userid"), "anonymous");
  EXPECT_EQ(value(user(kOwn), "aws:PrincipalIsAWSService"), "false");
}

}  // namespace
}  // namespace hearth::identity
