// What functions claim of the concurrency of an account and region: what one reserved, or else what is
// provisioned for it. The sum is a counter row, so that an invoke need not add them up.
#pragma once
#include "services/lambda/records.h"

namespace hearth::services::lambda {

inline int64_t claim_of(const FunctionRecord& function, int64_t provisioned) {
  return function.reserved_concurrency.value_or(provisioned);
}

Async<int> claimed_sum(store::Transaction& tx, std::string account, std::string region);
// A function claims so many more, or fewer.
void change_claims(store::Transaction& tx, const FunctionRef& ref, int64_t change);
// The same, if enough is left for functions that claim nothing; `what` the caller specified is in the error.
Async<void> claim(store::Transaction& tx, FunctionRef ref, int64_t change, int account_limit,
                  std::string what);

}  // namespace hearth::services::lambda
