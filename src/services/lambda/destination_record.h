// The record of an asynchronous invoke that is over, as destinations get it.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "execution/invocation.h"
#include "services/lambda/function_ref.h"

namespace hearth::services::lambda {

struct Finished {
  FunctionRef ref;
  std::string role_arn;  // the function's, which must let it tell
  std::string request_id;
  std::string
      condition;  // Success, RetriesExhausted, EventAgeExceeded, ZeroReservedConcurrency, or a refusal's code
  int64_t tries = 0;
  std::string payload;                        // of the request
  std::optional<execution::Outcome> outcome;  // of the last try
  execution::Trace trace;
};

std::string destination_record(const Finished& finished, TimePoint now);

}  // namespace hearth::services::lambda
