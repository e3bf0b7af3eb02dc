#include "services/s3/scrubber.h"

#include "base/log.h"
#include "io/loop.h"

namespace hearth::services::s3 {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t kBytesPerSecond = 32 << 20;
constexpr auto kBreath = 10ms;         // between two bodies, however small
constexpr auto kLook = 1s;             // how often it is looked whether it is quiet
constexpr uint64_t kUsesOfQuiet = 10;  // bodies that clients use in that time
constexpr auto kAgain = 1min;          // until it is looked whether a pass is due

// ("s3-scrub") -> when the last pass ended.
struct ScrubRecord {
  TimePoint ended;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.ended);
  }
};

store::Table<ScrubRecord> table_in(store::Transaction& tx) {
  return {tx, store::Key("s3-scrub")};
}

}  // namespace

Async<TimePoint> Scrubber::last_pass() {
  auto body = [](store::Transaction& tx) -> Async<TimePoint> {
    TRY(const auto record, co_await table_in(tx).get(store::Key()));
    co_return record ? record->ended : TimePoint();
  };
  co_return co_await store_.read(body);
}

Async<void> Scrubber::note_pass() {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    table_in(tx).put(store::Key(), {.ended = clock_.now()});
    co_return {};
  };
  co_return co_await store_.transact(body);
}

Task<void> Scrubber::wait_for_rest() {
  while (true) {
    const uint64_t before = bodies_.uses();
    co_await io::sleep_for(kLook);
    if (bodies_.uses() - before <= kUsesOfQuiet) co_return;
  }
}

Async<void> Scrubber::pass() {
  uint64_t damaged = 0, verified = 0;
  for (Inspection::Position position; !position.ended();) {
    TRY(const Inspection::Page page, co_await inspection_.next(position));
    for (const KeptBody& kept : page.bodies) {
      TRY(const auto damage, co_await inspection_.damage_of(kept));
      ++verified;
      ++verified_;
      if (damage) {
        ++damaged;
        ++damaged_;
        log::error("the scrubber found {}", *damage);
      }
      const uint64_t uses = bodies_.uses();
      co_await io::sleep_for(kBreath +
                             std::chrono::microseconds(kept.body.size_bytes * 1'000'000 / kBytesPerSecond));
      if (bodies_.uses() != uses) co_await wait_for_rest();
    }
  }
  log::info("the scrubber read {} bodies of objects, {} are damaged", verified, damaged);
  co_return co_await note_pass();
}

Task<void> Scrubber::run() {
  while (interval_ > 0s) {
    const auto last = co_await last_pass();
    if (last && clock_.now() - *last >= interval_) {
      const Status done = co_await pass();
      if (!done) log::warn("the scrubber stopped: {}", done.error().message);
    }
    co_await io::sleep_for(std::min<std::chrono::nanoseconds>(interval_, kAgain));
  }
}

}  // namespace hearth::services::s3
