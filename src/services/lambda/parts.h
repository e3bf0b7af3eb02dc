// What the parts of the Lambda service share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "delivery/outbox.h"
#include "delivery/rights.h"
#include "delivery/stream_source.h"
#include "execution/executor.h"
#include "identity/role_credentials.h"
#include "services/lambda/code.h"
#include "services/lambda/images.h"
#include "services/lambda/targets.h"
#include "store/store.h"
#include "wire/router.h"

namespace hearth::services::lambda {

struct Parts {
  store::Store& store;
  store::Blobs& blobs;
  Targets& targets;
  CodeStore& code;
  ImageStore& images;
  execution::Executor& executor;
  execution::Concurrency& concurrency;
  const identity::RoleCredentials& roles;
  wire::Authorizer& authorizer;
  const wire::Router& router;  // to call other services
  const delivery::Rights& rights;
  const delivery::Targets& event_targets;
  const delivery::StreamSources& streams;
  delivery::Outbox& outbox;
  const Clock& clock;
  Random& random;
};

// Transactions here are short and bounded; their bodies are coroutine lambdas named in the handler.
inline constexpr std::string_view kRevisionMismatch =
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
    "retrieve the "
    "latest Revision Id";

}  // namespace hearth::services::lambda
