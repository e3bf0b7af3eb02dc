// What all that changes durable executions needs. It knows nothing of how functions are run.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "delivery/outbox.h"
#include "services/lambda/durable/queues.h"
#include "store/store.h"

namespace hearth::services::lambda {

// So long a request that comes again with its client token is the same request.
inline constexpr std::chrono::minutes kClientTokenLife(15);
// On a page, where the request does not say.
inline constexpr size_t kItemsDefault = 100;

struct DurableParts {
  DurableParts(store::Store& store_of, const Clock& clock_of, Random& random_of, delivery::Outbox& outbox_of)
      : store(store_of),
        clock(clock_of),
        random(random_of),
        outbox(outbox_of),
        queues(store_of, clock_of, random_of) {}
  DurableParts(const DurableParts&) = delete;

  store::Store& store;
  const Clock& clock;
  Random& random;
  delivery::Outbox& outbox;
  DurableQueues queues;
};

}  // namespace hearth::services::lambda
