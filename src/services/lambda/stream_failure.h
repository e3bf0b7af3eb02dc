// The record of a stream's records that a mapping gave up, as its destination for failures gets it.
#pragma once
#include "delivery/delivery.h"
#include "execution/invocation.h"
#include "services/lambda/function_ref.h"
#include "services/lambda/stream_batch.h"

namespace hearth::services::lambda {

struct StreamFailure {
  FunctionRef function;
  std::string role_arn;
  std::string mapping;  // UUID
  std::string stream_arn;
  std::string shard;
  delivery::StreamTraits traits;
  StreamBatch::GivenUp given_up;
  std::string request_id;                     // of the last try
  std::optional<execution::Outcome> outcome;  // of that, if the function ran
};

// REQUIRES at least one record. `id` is a random one: failures that end up in a bucket are objects of their
// own.
delivery::Delivery failure_delivery(const StreamFailure& failure, std::string destination_arn, TimePoint now,
                                    const std::string& id);
// What the keys of a mapping's records in buckets begin with.
std::string failure_keys(const std::string& mapping);

}  // namespace hearth::services::lambda
