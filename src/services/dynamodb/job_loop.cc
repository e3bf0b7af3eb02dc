#include "services/dynamodb/job_loop.h"

#include "services/dynamodb/asked_work.h"
#include "services/dynamodb/job_records.h"

namespace hearth::services::dynamodb {

Task<void> JobLoop::run() {
  return do_when_asked(parts_, {.rows = task_prefix(kind_),
                                .trouble = "an " + kind_ + " of a table cannot go on",
                                .run = [this] { return carry_on_all(); }});
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
