#include "services/lambda/claims.h"

#include <fmt/format.h>

#include "api/lambda.h"
#include "execution/concurrency.h"

namespace hearth::services::lambda {
namespace {

store::Key sum_key(const std::string& account, const std::string& region) {
  return Tables::scope(account, region) + store::Key("reserved-sum");
}

}  // namespace

Async<int> claimed_sum(store::Transaction& tx, std::string account, std::string region) {
  TRY(const auto bytes, co_await tx.get(sum_key(account, region).bytes()));
  if (!bytes) co_return 0;
  TRY(const int64_t sum, store::counter_value(*bytes));
  co_return static_cast<int>(sum);
}

void change_claims(store::Transaction& tx, const FunctionRef& ref, int64_t change) {
  if (change != 0) tx.add(sum_key(ref.account, ref.region).bytes(), change);
}

Async<void> claim(store::Transaction& tx, FunctionRef ref, int64_t change, int account_limit,
                  std::string what) {
  constexpr int kMin = execution::Concurrency::kUnreservedMin;
  TRY(const int sum, co_await claimed_sum(tx, ref.account, ref.region));
  if (change > 0 && account_limit - (sum + change) < kMin) {
    co_return api::lambda::errors::invalid_parameter_value_exception(
        fmt::format("Specified {} for function decreases account's UnreservedConcurrentExecution below its "
                    "minimum value of [{}].",
                    what, kMin));
  }
  change_claims(tx, ref, change);
  co_return {};
}

}  // namespace hearth::services::lambda
