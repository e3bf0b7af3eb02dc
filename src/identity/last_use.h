// When an access key or a role was used last, in which service and region: noted in memory by every request
// and written in the background, at most once a minute for each, so that a request waits for nothing.
//
// Threads: note() on any; run() and flush() on one loop.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "identity/records.h"
#include "wire/pipeline.h"

namespace hearth::identity {

class LastUse final : public wire::CallObserver {
 public:
  LastUse(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Notes the key or role behind the call, if its signature was accepted.
  void finished(const wire::Call& call, int status, const Error* error) override;
  void note(const std::string& id, UseRecord use);

  // Writes what is due every few seconds, until its scope ends.
  Task<void> run();
  // Writes all that waits; for the server's end.
  Async<void> flush();

 private:
  // More at a time are not noted: their next use is.
  static constexpr size_t kIdsMax = 10'000;

  struct Noted {
    UseRecord use;
    bool waiting = false;
    std::optional<SteadyTime> written;
  };

  Async<void> write(bool all);

  store::Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Noted> noted_;
};

}  // namespace hearth::identity
