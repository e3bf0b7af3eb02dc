#include "services/dynamodb/asked_work.h"

#include "base/log.h"

namespace hearth::services::dynamodb {

Task<void> do_when_asked(const Parts& parts, AskedWork work) {
  constexpr std::chrono::seconds kLater(1);
  store::Watch asked = parts.store.watch(work.rows.bytes());
  for (;;) {
    const uint64_t count = asked.count();
    const auto later = co_await work.run();
    if (!later) log::error("{}: {}", work.trouble, later.error().message);
    if (!later || *later) {
      co_await asked.changed(parts.clock.steady_now() + kLater);
    } else if (asked.count() == count) {
      co_await asked.changed();
    }
  }
}

}  // namespace hearth::services::dynamodb
