// Promise: IAM is enforced (policies are validated when they are stored, with the real errors, and hostile
// ones cost what their length costs).
#include <gtest/gtest.h>

#include "identity/policy/policy.h"

namespace hearth::identity {
namespace {

std::string fault(std::string_view text, PolicyKind kind = PolicyKind::kIdentity) {
  const auto policy = Policy::parse(text, kind);
  if (policy) return "";
  EXPECT_EQ(policy.error().code, "MalformedPolicyDocument");
  return policy.error().message;
}

// A document of one statement with these members.
std::string with(std::string_view members) {
  return R"({"Version":"2012-10-17","Statement":{)" + std::string(members) + "}}";
}

constexpr std::string_view kSyntax = "Syntax errors in policy.";
constexpr std::string_view kLegacy = "The policy failed legacy parsing";
constexpr std::string_view kVendor =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

TEST(PolicyGrammar, TakesWhatTheLanguageHas) {
  EXPECT_EQ(fault(with(R"("Effect":"Allow","Action":"s3:*","Resource":"*")")), "");
  EXPECT_EQ(fault(R"({"Id":"x","Statement":[{"Sid":"","Effect":"Deny","NotAction":["a:b","c:d"],
                      "NotResource":["arn:aws:s3:::b","arn:aws:sqs:*:*:q"]}]})"),
            "");
  EXPECT_EQ(fault(with(R"("Effect":"Allow","Action":"*","Resource":"arn:aws:s3","Condition":{
      "Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":[10,"20"]},
      "ForAllValues:StringLikeIfExists":{"aws:TagKeys":[]},"DateLessThan":{"aws:CurrentTime":"2026-01-31T12:34:56Z"},
      "IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"BinaryEquals":{"a:b":"aGk="},
      "Null":{"aws:TokenIssueTime":"true"},"NoSuchOperator":{}})")),
            "");
}

TEST(PolicyGrammar, RefusesWhatIsNoDocument) {
  EXPECT_EQ(fault(""), "This policy contains invalid Json");
  EXPECT_EQ(fault("{"), "This policy contains invalid Json");
  EXPECT_EQ(fault("{\"Statement\":\"\xff\"}"), "This policy contains invalid Json");
  for (const std::string_view text :
       {"[]", "{}", "\"x\"", "null", R"({"Version":"2012-10-17"})",
        R"({"Version":"2012-10-17","Statement":[]})", R"({"Version":"2012-10-17","Statement":"x"})",
        R"({"Version":"2013-10-17","Statement":{}})",
        R"({"Version":1,"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}})",
        R"({"Id":1,"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}})",
        R"({"Other":1,"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}})",
        R"({"Statement":[[]]})"}) {
    EXPECT_EQ(fault(text), kSyntax) << text;
  }
}

TEST(PolicyGrammar, RefusesStatementsOfOtherForm) {
  for (const std::string_view members :
       {R"("Action":"a:b","Resource":"*")",
        R"("Effect":"Perhaps","Action":"a:b","Resource":"*")",
        R"("Effect":["Allow"],"Action":"a:b","Resource":"*")",
        R"("Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*")",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","NotResource":"*")",
        R"("Effect":"Allow","Action":{"a":"b"},"Resource":"*")",
        R"("Effect":"Allow","Action":[1],"Resource":"*")",
        R"("Effect":"Allow","Action":"a:b","Resource":null)",
        R"("Effect":"Allow","Action":"a:b","Resource":[["*"]])",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Sid":1)",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Extra":1)",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":[])",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":"x"})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"a:b":{}}})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"a:b":null}})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEqual":{"a:b":"c"}})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"stringequals":{"a:b":"c"}})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"ForAnyValue:Null":{"a:b":"true"}})",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Resource":"*")",
        R"("Effect":"Allow","Effect":"Deny","Action":"a:b","Resource":"*")",
        R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"a:b":"true"},"Bool":{}})"}) {
    EXPECT_EQ(fault(with(members)), kSyntax) << members;
  }
}

TEST(PolicyGrammar, SaysWhatIamSays) {
  const auto says = [](std::string_view members, std::string_view text) {
    EXPECT_EQ(fault(with(members)), text) << members;
  };
  says(R"("Effect":"Allow","Resource":"*")", "Policy statement must contain actions.");
  says(R"("Effect":"Allow","Action":[],"Resource":"*")", "Policy statement must contain actions.");
  says(R"("Effect":"Allow","Action":"a:b")", "Policy statement must contain resources.");
  says(R"("Effect":"Allow","Action":"a:b","NotResource":[])", "Policy statement must contain resources.");
  says(R"("Effect":"Allow","Action":"GetObject","Resource":"*")", kVendor);
  says(R"("Effect":"Allow","Action":"","Resource":"*")", kVendor);
  says(R"("Effect":"Allow","NotAction":["a:b","x"],"Resource":"*")", kVendor);
  says(R"("Effect":"Allow","Action":"a:b:c","Resource":"*")",
       "Actions/Condition can contain only one colon.");
  says(R"("Effect":"Allow","Action":"a a:b","Resource":"*")", "Vendor a a is not valid");
  says(R"("Effect":"Allow","Action":"s*:Get","Resource":"*")", "Vendor s* is not valid");
  says(R"("Effect":"Allow","Action":":Get","Resource":"*")", "Vendor  is not valid");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"tag":"x"}})", kVendor);
  says(R"("Effect":"allow","Action":"a:b","Resource":"*")", kLegacy);
  says(R"("Effect":"Allow","Action":"a:b","Resource":"bucket")",
       "Resource bucket must be in ARN format or \"*\".");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:other:s3:::b")",
       R"(Partition "other" is not valid for resource "arn:other:s3:::b".)");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"a:b")",
       R"(Partition "b" is not valid for resource "arn:b:*:*:*:*".)");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:s*:::b")",
       "Resource vendor must be fully qualified and cannot contain regexes.");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws")",
       "Resource vendor must be fully qualified and cannot contain regexes.");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3::b")", kLegacy);
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:iam:us-east-1::user/x")",
       "IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information.");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:us-east-1::b")",
       "Resource arn:aws:s3:us-east-1::b can not contain region information.");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:iam::1:thing/x")",
       "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, "
       "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
       "report/, access-report/.");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*")",
       "Policy document should not specify a principal.");
  says(R"("Effect":"Allow","Action":"a:b","Resource":"*","Sid":"a-b")",
       "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
       "[0-9A-Za-z]*");
  EXPECT_EQ(fault(R"({"Statement":[{"Sid":"a","Effect":"Allow","Action":"a:b","Resource":"*"},
                                   {"Sid":"a","Effect":"Allow","Action":"a:b","Resource":"*"}]})"),
            "Statement IDs (SID) in a single policy must be unique.");
}

TEST(PolicyGrammar, RefusesValuesThatItsOperatorCannotRead) {
  const auto refused = [](std::string_view op, std::string_view value) {
    EXPECT_EQ(fault(with(R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{")" +
                         std::string(op) + R"(":{"a:b":")" + std::string(value) + "\"}}")),
              kLegacy)
        << op << " " << value;
  };
  for (const auto* value : {"", "x", "1x", "0x1", "--1", "1e", "1e99999", ".", "NaN"})
    refused("NumericEquals", value);
  for (const auto* value : {"", "x", "2026-13-01", "2026-02-29", "2026-01-31T24:00:00Z",
                            "2026-01-31T12:34:56Zx", "2026-01-31 12:34", "99999999999999999999"}) {
    refused("DateEquals", value);
  }
  for (const auto* value : {"", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "::/129", "g::", "1.2.3.4/-1"}) {
    refused("IpAddress", value);
  }
  refused("BinaryEquals", "a");
  refused("Bool", "yes");
  refused("Null", "1");
}

TEST(PolicyGrammar, TrustPoliciesSayWhoMayAssume) {
  const auto says = [](std::string_view members, std::string_view text) {
    EXPECT_EQ(fault(with(members), PolicyKind::kTrust), text) << members;
  };
  says(R"("Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole")", "");
  says(R"("Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/a/b"]},
          "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"])",
       "");
  says(R"("Effect":"Deny","NotPrincipal":{"AWS":"AROAABCDEFGHIJKLMNOPQ"},"Action":"sts:AssumeRoleWithSAML")",
       "");
  says(R"("Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*")",
       "Has prohibited field Resource");
  says(R"("Effect":"Allow","Principal":"*","NotAction":"sts:AssumeRole")", "Has prohibited field NotAction");
  says(R"("Effect":"Allow","Action":"sts:AssumeRole")", "Missing required field Principal");
  says(R"("Effect":"Allow","Principal":{},"Action":"sts:AssumeRole")",
       "Missing required field Principal cannot be empty!");
  says(R"("Effect":"Allow","Principal":{"AWS":[]},"Action":"sts:AssumeRole")",
       "Missing required field Principal cannot be empty!");
  says(R"("Effect":"Allow","Principal":"*")", "Missing required field Action");
  says(R"("Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole")",
       "Allow with NotPrincipal is not allowed.");
  for (const auto* action : {"*", "s3:GetObject", "sts:GetCallerIdentity", "sts:Assume"}) {
    EXPECT_EQ(fault(with(R"("Effect":"Allow","Principal":"*","Action":")" + std::string(action) + "\""),
                    PolicyKind::kTrust),
              "AssumeRole policy may only specify STS AssumeRole actions.");
  }
}

TEST(PolicyGrammar, PrincipalsAreNamedInFull) {
  const auto says = [](std::string_view principal, std::string_view text) {
    EXPECT_EQ(
        fault(with(R"("Effect":"Allow","Action":"a:b","Resource":"*","Principal":)" + std::string(principal)),
              PolicyKind::kResource),
        text)
        << principal;
  };
  says(R"("*")", "");
  says(R"({"AWS":"*"})", "");
  says(R"({"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:user/p/u",
                  "arn:aws:sts::111122223333:assumed-role/r/s","arn:aws:sts::111122223333:federated-user/f",
                  "AIDAABCDEFGHIJKLMNOPQ"],
           "Service":["a.amazonaws.com"],"Federated":"accounts.google.com","CanonicalUser":"79a59df900b949e55d96a1e6"})",
       "");
  says(R"("me")", kSyntax);
  says(R"({"User":"x"})", kSyntax);
  says(R"({"AWS":"arn:aws:iam::111122223333:user/*"})",
       R"(Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/*")");
  says(R"({"AWS":"arn:aws:iam::111122223333:group/g"})",
       R"(Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:group/g")");
  says(R"({"AWS":"11112222333"})", R"(Invalid principal in policy: "AWS":"11112222333")");
  says(R"({"Service":"lambda"})", R"(Invalid principal in policy: "SERVICE":"lambda")");
  says(R"({"Service":"*"})", R"(Invalid principal in policy: "SERVICE":"*")");
  says(R"({"Federated":""})", R"(Invalid principal in policy: "FEDERATED":"")");
}

TEST(PolicyGrammar, PoliciesOfResourcesMayLeaveOutTheResource) {
  EXPECT_EQ(
      fault(with(R"("Effect":"Allow","Principal":"*","Action":"ecr:*","Sid":"a-b")"), PolicyKind::kResource),
      "");
  EXPECT_EQ(fault(with(R"("Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":[])"),
                  PolicyKind::kResource),
            "Policy statement must contain resources.");
}

TEST(PolicyGrammar, ResourcesMayBeOfAnyPartitionAndOfOtherServicesAnything) {
  constexpr std::string_view kVolume =
      R"("Effect":"Allow","Action":"ec2:*","Resource":"arn:*:ec2:*:*:volume/*")";
  EXPECT_EQ(fault(with(kVolume)), "");
  constexpr std::string_view kQueue =
      R"("Effect":"Allow","Principal":"*","Action":"SQS:SendMessage","Resource":"arn:aws:*:*:*")";
  EXPECT_EQ(fault(with(kQueue), PolicyKind::kResource), "");
  const auto queue = Policy::parse(with(kQueue), PolicyKind::kResource);
  const ConditionContext nothing;
  EXPECT_TRUE(queue->statements()[0].applies_to(
      {"sqs:sendmessage", "arn:aws:sqs:us-east-1:111122223333:q", nothing}));
}

TEST(PolicyGrammar, ManagedPoliciesSayTheirVersion) {
  constexpr std::string_view kStatement = R"("Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}})";
  const auto version = [&](std::string_view text) {
    const Status status = check_managed(
        *Policy::parse("{" + std::string(text) + std::string(kStatement), PolicyKind::kIdentity));
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(version(R"("Version":"2012-10-17",)"), "");
  EXPECT_EQ(version(R"("Version":"2008-10-17",)"), "Policy document must be version 2012-10-17 or greater.");
  EXPECT_EQ(version(""), "Policy document must be version 2012-10-17 or greater.");
}

TEST(PolicyGrammar, TellsKeysPrincipalsAndSizes) {
  const auto policy = Policy::parse(
      with(R"("Effect":"Allow","Principal":{"AWS":["111122223333","AIDAABCDEFGHIJKLMNOPQ"]},"Action":"s3:*",
              "Resource":"arn:aws:s3:::b/${aws:username}/${AWS:UserName}",
              "Condition":{"StringLike":{"s3:prefix":"${aws:PrincipalTag/Team, 'x'}*","aws:UserName":"a"}})"),
      PolicyKind::kResource);
  EXPECT_EQ(policy->context_keys(),
            (std::vector<std::string>{"aws:username", "s3:prefix", "aws:PrincipalTag/Team"}));
  EXPECT_EQ(policy->aws_principals(), (std::vector<std::string>{"111122223333", "AIDAABCDEFGHIJKLMNOPQ"}));
  EXPECT_EQ(non_white_size(" {\n\t\"\xc3\xa9\" :\r1}"), 7u);
}

TEST(PolicyGrammar, StatementsKnowWhereTheyStand) {
  const auto policy = Policy::parse(
      "{\"Version\":\"2012-10-17\",\n \"Statement\": [\n"
      "  {\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\"},\n"
      "  { \"Effect\":\"Deny\", \"Action\":\"a:b\",\n    \"Resource\":\"arn:aws:s3:::\xc3\xa9\"}]}",
      PolicyKind::kIdentity);
  ASSERT_EQ(policy->statements().size(), 2u);
  EXPECT_EQ(policy->statements()[0].span,
            (TextSpan{.begin = {.line = 3, .column = 3}, .end = {.line = 3, .column = 61}}));
  EXPECT_EQ(policy->statements()[1].span,
            (TextSpan{.begin = {.line = 4, .column = 3}, .end = {.line = 5, .column = 33}}));
}

TEST(PolicyGrammar, ReadsEscapedCharacters) {
  const auto policy =
      Policy::parse(with(R"("Effect":"Allow","Action":"\u0073\u0033:*","Resource":"*","Sid":"\u0041\u0062")"),
                    PolicyKind::kIdentity);
  EXPECT_EQ(policy->statements()[0].sid, "Ab");
  EXPECT_EQ(policy->statements()[0].actions[0].service(), "s3");
  const auto smiling = Policy::parse(
      with(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::\ud83d\ude00\"\\\/\n")"),
      PolicyKind::kIdentity);
  const ConditionContext nothing;
  EXPECT_TRUE(smiling->statements()[0].applies_to({"s3:a", "arn:aws:s3:::\xf0\x9f\x98\x80\"\\/\n", nothing}));
  EXPECT_EQ(fault(with(R"("Effect":"Allow","Action":"s3:*","Resource":"\ud83d")")),
            "This policy contains invalid Json");
}

TEST(PolicyGrammar, HostileDocumentsCostTheirLength) {
  const auto repeated = [](std::string_view part, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += part;
    return text;
  };
  EXPECT_NE(fault(repeated("[", 100'000)), "");
  EXPECT_EQ(fault("{\"Statement\":" + repeated("[", 500) + repeated("]", 500) + "}"), kSyntax);
  EXPECT_EQ(
      fault(with("\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"" + repeated("x", 300'000) + "\"")),
      kSyntax);
  // Many members, variables that are never closed, stars in a row: none of them is quadratic.
  std::string members;
  for (int i = 0; i < 20'000; ++i) members += "\"" + std::to_string(i) + "\":1,";
  EXPECT_EQ(fault(with(members + "\"Effect\":\"Allow\"")), kSyntax);
  EXPECT_EQ(fault(with("\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"arn:aws:s3:::" +
                       repeated("${", 100'000) + "\"")),
            "");
  EXPECT_EQ(
      fault(with("\"Effect\":\"Allow\",\"Action\":\"a:" + repeated("*", 200'000) + "\",\"Resource\":\"*\"")),
      "");
  EXPECT_EQ(fault(with("\"Effect\":\"Allow\",\"Action\":[" + repeated("\"a:b\",", 30'000) +
                       "\"a:b\"],\"Resource\":\"*\"")),
            "");
}

}  // namespace
}  // namespace hearth::identity
