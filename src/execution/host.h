// What all environments of a server share.
#pragma once
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "execution/runtimes.h"
#include "execution/sinks.h"
#include "identity/session.h"
#include "io/http_server.h"
#include "io/loops.h"
#include "sandbox/spawner.h"

namespace hearth::execution {

struct Host {
  io::Loops& loops;
  sandbox::Spawner& spawner;
  const Runtimes& runtimes;
  LogSink& logs;
  UsageSink& usage;
  const identity::Sessions& sessions;
  const Clock& clock;
  Random& random;
  // Serves what functions send to AWS_ENDPOINT_URL; empty: they have no endpoint.
  io::HttpWorker::Handler platform = {};
  std::chrono::nanoseconds idle_time = std::chrono::minutes(10);
};

}  // namespace hearth::execution
