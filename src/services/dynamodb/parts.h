// What the parts of the DynamoDB service share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "services/dynamodb/catalog.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/throughput.h"
#include "store/store.h"
#include "wire/auth.h"

namespace hearth::services::dynamodb {

// All outlive the parts.
struct Parts {
  store::Store& store;
  wire::Authorizer& authorizer;
  const Clock& clock;
  Random& random;
  const Catalog& catalog;
  Throughput& throughput;
};

inline int64_t now_ms(const Clock& clock) {
  return epoch_ms(clock.now());
}

// What the store says where it cannot commit, as callers of operations on items are told it: others wrote the
// same items all the time, or the items are too many bytes for one transaction.
template <typename T>
Result<T> told(Result<T> result) {
  if (result) return result;
  if (result.error().code == "StoreConflict") return fail(errors::conflict());
  if (result.error().code == "StoreTooLarge")
    return fail(errors::validation("Item collection size limit exceeded"));
  return result;
}

}  // namespace hearth::services::dynamodb
