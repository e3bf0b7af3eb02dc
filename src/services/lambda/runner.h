// From what a function's name leads to, to an outcome: what synchronous and asynchronous invokes have in
// common.
#pragma once
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// Whether the function can run at all: an error while it is not yet, or no longer, active. See
// make_invocable().
Status check_invocable(const VersionRecord& version);

// Whether an invoke for this tenant, empty for none, suits the function.
Status check_tenant(const VersionRecord& version, std::string_view tenant);

// What the executor needs to know of a version; unpacks its code when that is not there.
Async<execution::FunctionConfig> make_config(Parts& parts, FunctionRef ref, VersionRecord version);

// Takes a place in the concurrency limits and sends the function on its way; the outcome is to come. Fails
// with TooManyRequestsException, and as check_tenant() does.
Async<io::Future<execution::Outcome>> begin_function(Parts& parts, FunctionRef ref, TargetPtr target,
                                                     execution::Invocation invocation);
// ServiceException for an outcome that tells that the platform could not run the function.
Status judge(const execution::Outcome& outcome);
// All of that: fails as they do, and all else is an outcome.
Async<execution::Outcome> run_once(Parts& parts, FunctionRef ref, TargetPtr target,
                                   execution::Invocation invocation);
// The same, and for a durable function the outcome of an execution (durable/starts.h).
Async<execution::Outcome> run_function(Parts& parts, FunctionRef ref, TargetPtr target,
                                       execution::Invocation invocation);

}  // namespace hearth::services::lambda
