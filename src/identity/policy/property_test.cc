// Promise: IAM is enforced (the engine decides as the rules say, for policies and requests that nobody
// thought of).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "identity/policy/generator.h"
#include "identity/policy/naive_evaluator.h"

namespace hearth::identity {
namespace {

constexpr int kPoliciesOfAKind = 6'000;
constexpr int kCases = 120'000;

struct Both {
  PolicyPtr compiled;
  json::value document;
  std::string text;
};

std::vector<Both> make_policies(PolicyGenerator& generator, PolicyKind kind) {
  std::vector<Both> made;
  for (int i = 0; i < kPoliciesOfAKind; ++i) {
    std::string text = generator.policy(kind);
    auto policy = Policy::parse(text, kind);
    EXPECT_TRUE(policy) << text << "\n" << policy.error().message;
    if (!policy) return made;
    json::value document = *parse_json(text);
    made.push_back(
        {std::make_shared<const Policy>(*std::move(policy)), std::move(document), std::move(text)});
  }
  return made;
}

struct Case {
  AccessRequest request;
  naive::Context context;
  PolicySet compiled;
  naive::Policies documents;
  std::string text;  // for whom it may concern
};

class CaseMaker {
 public:
  explicit CaseMaker(uint64_t seed)
      : generator_(seed),
        of_identities_(make_policies(generator_, PolicyKind::kIdentity)),
        of_resources_(make_policies(generator_, PolicyKind::kResource)) {}

  Case make() {
    Case made;
    made.request = generator_.request(made.context);
    for (uint64_t count = generator_.random().below(3); count > 0; --count) {
      const Both& policy = pick(of_identities_, "identity", made);
      made.compiled.identity.push_back(policy.compiled);
      made.documents.identity.push_back(policy.document);
    }
    if (generator_.chance(20)) {
      const Both& policy = pick(of_identities_, "boundary", made);
      made.compiled.boundary = policy.compiled;
      made.documents.boundary = policy.document;
    }
    if (generator_.chance(20)) {
      made.compiled.has_session_policy = made.documents.has_session_policy = true;
      for (uint64_t count = generator_.random().below(3); count > 0; --count) {
        const Both& policy = pick(of_identities_, "session", made);
        made.compiled.session.push_back(policy.compiled);
        made.documents.session.push_back(policy.document);
      }
    }
    if (generator_.chance(50)) {
      const Both& policy = pick(of_resources_, "resource", made);
      made.compiled.resource = policy.compiled;
      made.documents.resource = policy.document;
    }
    made.compiled.resource_is_authoritative = made.documents.resource_is_authoritative =
        generator_.chance(10);
    return made;
  }

 private:
  const Both& pick(const std::vector<Both>& pool, std::string_view as, Case& made) {
    const Both& picked = pool[generator_.random().below(pool.size())];
    made.text += fmt::format("{}: {}\n", as, picked.text);
    return picked;
  }

  PolicyGenerator generator_;
  std::vector<Both> of_identities_, of_resources_;
};

std::string describe(const Case& made) {
  const Principal& who = made.request.principal;
  std::string text =
      fmt::format("{}{}{}{} does {} on {} of '{}'\n{}", who.arn, who.service, who.provider,
                  who.arn.empty() && who.service.empty() && who.provider.empty() ? "nobody" : "",
                  made.request.action, made.request.resource, made.request.resource_account, made.text);
  for (const auto& [key, values] : made.context)
    text += fmt::format("{} = {}\n", key, fmt::join(values, " | "));
  return text;
}

// HEARTH_POLICY_SEED repeats a run.
uint64_t seed_of_run() {
  if (const char* given = std::getenv("HEARTH_POLICY_SEED")) return std::strtoull(given, nullptr, 10);
  return system_random().next();
}

TEST(PolicyProperties, TheEngineDecidesAsTheRulesSay) {
  const uint64_t seed = seed_of_run();
  std::printf("HEARTH_POLICY_SEED=%llu\n", static_cast<unsigned long long>(seed));
  CaseMaker maker(seed);
  if (HasFailure()) return;
  std::array<int, 9> reasons = {};
  int failures = 0;
  for (int i = 0; i < kCases && failures < 3; ++i) {
    const Case made = maker.make();
    const Decision decision = evaluate(made.request, made.compiled);
    const naive::Answer expected = naive::evaluate(made.request, made.context, made.documents);
    std::set<std::tuple<PolicySource, uint32_t, uint32_t>> matches;
    for (const MatchedStatement& match : decision.matches)
      matches.emplace(match.source, match.policy, match.statement);
    ++reasons[static_cast<size_t>(decision.reason)];
    if (decision.reason == expected.reason && matches == expected.matches &&
        decision.allowed == (expected.reason == Decision::Reason::kAllowed) &&
        matches.size() == decision.matches.size()) {
      continue;
    }
    ++failures;
    ADD_FAILURE() << "seed " << seed << ", case " << i << ": reason " << static_cast<int>(decision.reason)
                  << ", by the rules " << static_cast<int>(expected.reason) << "; " << decision.matches.size()
                  << " statements match, by the rules " << expected.matches.size() << "\n"
                  << describe(made);
  }
  // The world is small enough for every outcome to come about.
  for (size_t reason = 0; reason < reasons.size() && failures == 0; ++reason)
    EXPECT_GE(reasons[reason], kCases / 200) << "reason " << reason;
}

}  // namespace
}  // namespace hearth::identity
