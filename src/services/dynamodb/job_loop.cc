#include "services/dynamodb/job_loop.h"

#include "base/log.h"
#include "services/dynamodb/job_records.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::chrono::seconds kRetry(1);

}  // namespace

Task<void> JobLoop::run() {
  store::Watch asked = parts_.store.watch(task_prefix(kind_).bytes());
  for (;;) {
    const uint64_t count = asked.count();
    const auto later = co_await carry_on_all();
    if (!later) log::error("an {} of a table cannot go on: {}", kind_, later.error().message);
    if (!later || *later) {
      co_await asked.changed(parts_.clock.steady_now() + kRetry);
    } else if (asked.count() == count) {
      co_await asked.changed();
    }
  }
}

Async<bool> JobLoop::carry_on_all() {
  const store::Key prefix = task_prefix(kind_);
  auto list = [&](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = prefix.under()});
  };
  bool later = false;
  Status failed;
  for (bool more = true; more;) {
    more = later = false;
    TRY(const store::Page tasks, co_await parts_.store.read(list));
    for (const store::Row& row : tasks.rows) {
      PartRef ref{.table = {}, .kind = kind_, .id = {}};
      store::KeyReader key(std::string_view(row.key).substr(prefix.bytes().size()));
      for (std::string* part : {&ref.table.account, &ref.table.region, &ref.id}) {
        TRY_VOID(key.read(*part));
      }
      const auto progress = co_await step_(std::move(ref));
      if (!progress) failed = std::unexpected(progress.error());
      more = more || progress == Progress::kMore;
      later = later || progress == Progress::kLater;
    }
  }
  TRY_VOID(failed);
  co_return later;
}

}  // namespace hearth::services::dynamodb
