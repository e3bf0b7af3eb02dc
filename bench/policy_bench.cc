// A decision over ten policies of twenty statements against its floor: the bare comparison of the request
// with one string of each statement. Prints a table of the floor, ours and their ratio, and fails above the
// promised 5 µs.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "identity/policy/evaluate.h"

namespace hearth::identity {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPolicies = 10;
constexpr int kStatements = 20;
constexpr double kPromisedMicroseconds = 5;
constexpr auto kTime = std::chrono::seconds(1);

const std::string kAction = "dynamodb:PutItem";
const std::string kResource = "arn:aws:dynamodb:us-east-1:111111111111:table/orders";

struct Load {
  std::string name;
  std::vector<std::string> actions;  // in turn, of the statements
  std::string resource;
  std::string condition;  // empty: none
};

// What roles of applications look like: several services, exact actions and patterns, now and then a
// condition.
const std::vector<Load> kLoads = {
    {"mixed services",
     {"s3:GetObject", "dynamodb:Query", "sqs:*", "logs:Create*", "dynamodb:Get*"},
     "arn:aws:{}:us-east-1:111111111111:table/customers-{}",
     ""},
    {"one service",
     {"dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem"},
     "arn:aws:{}:us-east-1:111111111111:table/customers-{}",
     ""},
    {"one action, wildcards within",
     {"dynamodb:*Item", "dynamodb:P*m"},
     "arn:aws:{}:*:111111111111:table/*-{}",
     ""},
    {"variables and conditions",
     {"dynamodb:*"},
     "arn:aws:{}:us-east-1:111111111111:table/${{aws:username}}-{}",
     ""},
    {"conditions that do not hold",
     {"dynamodb:PutItem"},
     "*",
     R"(,"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"},"Bool":{"aws:SecureTransport":"true"}})"},
};

PolicySet make_policies(const Load& load, std::vector<std::string>& actions) {
  PolicySet set;
  size_t turn = 0;
  for (int i = 0; i < kPolicies; ++i) {
    std::string text;
    for (int j = 0; j < kStatements; ++j, ++turn) {
      const std::string& action = load.actions[turn % load.actions.size()];
      actions.push_back(action);
      const std::string service = action.substr(0, action.find(':'));
      text += fmt::format(R"({}{{"Effect":"Allow","Action":["{}","{}:Tag"],"Resource":"{}"{}}})",
                          j == 0 ? "" : ",", action, service,
                          fmt::format(fmt::runtime(load.resource), service, turn), load.condition);
    }
    // The last statement of all is the one that allows.
    if (i + 1 == kPolicies)
      text += fmt::format(R"(,{{"Effect":"Allow","Action":"{}","Resource":"{}"}})", kAction, kResource);
    const auto policy = Policy::parse(fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", text),
                                      PolicyKind::kIdentity);
    if (!policy) {
      std::fprintf(stderr, "%s\n", policy.error().message.c_str());
      std::abort();
    }
    set.identity.push_back(std::make_shared<const Policy>(*policy));
  }
  return set;
}

AccessRequest make_request() {
  AccessRequest request{.principal = {.kind = PrincipalKind::kUser,
                                      .account = "111111111111",
                                      .arn = "arn:aws:iam::111111111111:user/ann",
                                      .user_id = "AIDAANNANNANNANNANNAN"},
                        .action = kAction,
                        .resource = kResource,
                        .resource_account = "111111111111"};
  set_principal_keys(request.principal, request.context);
  request.context.set("aws:SourceIp", "203.0.113.9");
  request.context.set("aws:RequestedRegion", "us-east-1");
  request.context.set("aws:SecureTransport", "true");
  request.context.set("aws:CurrentTime", "2026-01-31T12:34:56Z");
  request.context.set("aws:EpochTime", "1769862896");
  request.context.set("aws:UserAgent", "Boto3/1.43");
  return request;
}

// Microseconds of one step, of the best of many short batches: what disturbs only ever adds.
double cost(const auto& step) {
  constexpr int kBatch = 16;
  double best = 1e9;
  for (const auto start = Clock::now(); Clock::now() - start < kTime;) {
    const auto begin = Clock::now();
    for (int i = 0; i < kBatch; ++i) step();
    best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / kBatch);
  }
  return best;
}

void run() {
  std::printf("%-30s %10s %10s %8s\n", "µs a decision", "floor", "ours", "ratio");
  double worst = 0;
  for (const Load& load : kLoads) {
    std::vector<std::string> actions;
    const PolicySet policies = make_policies(load, actions);
    const AccessRequest request = make_request();
    if (!evaluate(request, policies).allowed) std::abort();
    size_t sum = 0;
    const double floor = cost([&] {
      for (const std::string& action : actions) sum += std::string_view(action) == request.action;
      asm volatile("" : : "r"(sum) : "memory");
    });
    const double ours = cost([&] { sum += evaluate(request, policies).matches.size(); });
    std::printf("%-30s %10.2f %10.2f %8.1f\n", load.name.c_str(), floor, ours, ours / floor);
    worst = std::max(worst, ours);
  }
  std::printf("worst %.2f µs, promised %.0f µs\n", worst, kPromisedMicroseconds);
}

}  // namespace
}  // namespace hearth::identity

int main() {
  hearth::identity::run();
}
