// Words of durable executions in their several forms: in history, in answers to those who wait, in what a
// function answers.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"
#include "execution/invocation.h"
#include "services/lambda/durable/checkpoint.h"

namespace hearth::services::lambda {

// "ChainedInvokeSucceeded" of "CHAINED_INVOKE" and "Succeeded".
std::string event_type(std::string_view type, std::string_view what);

// How an invoke ends that waited for the execution, or has a letter about it.
execution::Outcome outcome_of(const Ending& ending, std::string version);

// What an invocation of a function came to. Nothing: it waits, for what is to come. An invocation that failed
// is an error, "InvocationFailed"; so is an answer that is none, "InvalidOutput", with the service's words.
Result<std::optional<Ending>> ending_of_answer(const std::string& payload, size_t result_bytes_max);
// The error that a failed invocation's payload tells.
DurableError error_of_payload(const std::string& payload);

}  // namespace hearth::services::lambda
