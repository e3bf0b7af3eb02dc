// What the parts of the DynamoDB service share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "services/dynamodb/catalog.h"
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
};

inline int64_t now_ms(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now().time_since_epoch()).count();
}

}  // namespace hearth::services::dynamodb
