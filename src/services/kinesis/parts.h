// What the parts of the Kinesis service share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "store/store.h"

namespace hearth::services::kinesis {

struct Parts {
  store::Store& store;
  const Clock& clock;
  Random& random;
};

}  // namespace hearth::services::kinesis
