// What the parts of the Lambda service share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "delivery/outbox.h"
#include "delivery/rights.h"
#include "delivery/stream_source.h"
#include "execution/executor.h"
#include "execution/sinks.h"
#include "identity/role_credentials.h"
#include "services/lambda/code.h"
#include "services/lambda/images.h"
#include "services/lambda/live_folders.h"
#include "services/lambda/targets.h"
#include "store/store.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class DurableStarts;

struct Parts {
  store::Store& store;
  store::Blobs& blobs;
  Targets& targets;
  CodeStore& code;
  const LiveFolders& live_folders;
  CodeSignatures& signatures;
  ImageStore& images;
  execution::Executor& executor;
  execution::Concurrency& concurrency;
  execution::UsageHistory& usage;
  const identity::RoleCredentials& roles;
  wire::Authorizer& authorizer;
  const wire::Router& router;  // to call other services
  const delivery::Rights& rights;
  const delivery::Targets& event_targets;
  const delivery::StreamSources& streams;
  delivery::Outbox& outbox;
  const Clock& clock;
  Random& random;
  // Lambda's own, set by it: functions of whichever kind are run by the same call (runner.h).
  DurableStarts* durable = nullptr;
};

// Transactions here are short and bounded; their bodies are coroutine lambdas named in the handler.
inline constexpr std::string_view kRevisionMismatch =
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
    "retrieve the "
    "latest Revision Id";

}  // namespace hearth::services::lambda
