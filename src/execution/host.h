// What all environments of a server share.
#pragma once
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "execution/runtimes.h"
#include "execution/sinks.h"
#include "identity/role_credentials.h"
#include "io/http_server.h"
#include "io/loops.h"
#include "io/turnstile.h"
#include "sandbox/spawner.h"

namespace hearth::execution {

// In the server: pipes, sockets, the files of its control group.
constexpr size_t kDescriptorsOfEnvironment = 16;

class Snapshots;

struct Host {
  io::Loops& loops;
  sandbox::Spawner& spawner;
  const Runtimes& runtimes;
  LogSink& logs;
  UsageSink& usage;
  const identity::RoleCredentials& roles;
  const Clock& clock;
  Random& random;
  Snapshots& snapshots;
  // Serves what functions send to AWS_ENDPOINT_URL; empty: they have no endpoint.
  io::HttpWorker::Handler platform = {};
  std::chrono::nanoseconds idle_time = std::chrono::minutes(10);
  // Where sandboxes are made: in a crowd of all at once each would take as long as all together, and whatever
  // else runs here would wait for them. Those of the stock are made at leisure.
  io::Turnstile making{2 * loops.size()};
  // With less of the host's memory left, idle environments end before their time.
  uint32_t memory_free_percent_min = 10;
  size_t slots_max = 256;  // of the stock, by runtime
  // With so many, one that is idle ends before another is made: each holds kDescriptorsOfEnvironment.
  size_t environments_max = 1000;
};

}  // namespace hearth::execution
