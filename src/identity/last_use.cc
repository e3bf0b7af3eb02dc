#include "identity/last_use.h"

#include "base/log.h"
#include "io/loop.h"

namespace hearth::identity {
namespace {

using namespace std::chrono_literals;
using store::Key;

constexpr auto kLookAgain = 5s;
constexpr auto kWriteAgain = 60s;

}  // namespace

void LastUse::finished(const wire::Call& call, int, const Error*) {
  const wire::Identity& identity = call.identity;
  if (identity.access_key_id.empty() || !call.operation) return;
  const UseRecord use{.at = std::chrono::floor<std::chrono::seconds>(call.received_at),
                      .service = std::string(call.operation->service->signing_name),
                      .region = call.region};
  // Sessions have no key that is kept: their role was used.
  const size_t colon = identity.user_id.find(':');
  note(identity.user_id.starts_with("AROA") ? identity.user_id.substr(0, colon) : identity.access_key_id,
       use);
}

void LastUse::note(const std::string& id, UseRecord use) {
  const std::lock_guard lock(mutex_);
  auto found = noted_.find(id);
  if (found == noted_.end()) {
    if (noted_.size() == kIdsMax) return;
    found = noted_.emplace(id, Noted{}).first;
  }
  found->second.use = std::move(use);
  found->second.waiting = true;
}

Task<void> LastUse::run() {
  for (;;) {
    co_await io::sleep_for(kLookAgain);
    const auto written = co_await write(false);
    if (!written) log::warn("the last use of keys could not be written: {}", written.error().message);
  }
}

Async<void> LastUse::flush() {
  co_return co_await write(true);
}

Async<void> LastUse::write(bool all) {
  const SteadyTime now = clock_.steady_now();
  std::vector<std::pair<std::string, UseRecord>> due;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(noted_, [&](const auto& entry) {
      return !entry.second.waiting && now - *entry.second.written >= kWriteAgain;
    });
    for (auto& [id, noted] : noted_) {
      if (!noted.waiting || (!all && noted.written && now - *noted.written < kWriteAgain)) continue;
      due.emplace_back(id, noted.use);
      noted.waiting = false;
      noted.written = now;
    }
  }
  if (due.empty()) co_return {};
  auto body = [&](store::Transaction& tx) -> Async<void> {
    SharedTables shared(tx);
    for (const auto& [id, use] : due) shared.uses.put(Key(id), use);
    co_return {};
  };
  co_return co_await store_.transact(body);
}

}  // namespace hearth::identity
