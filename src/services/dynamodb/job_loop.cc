#include "services/dynamodb/job_loop.h"

#include "services/dynamodb/job_records.h"

namespace hearth::services::dynamodb {

Task<void> JobLoop::run() {
  const store::Key rows = task_prefix(kind_);
  return delivery::do_rows(parts_.store, parts_.clock,
                           {.what = "an " + kind_ + " of a table",
                            .rows = rows,
                            .work = [this, rows](std::string key, int) -> Async<Progress> {
                              PartRef ref{.table = {}, .kind = kind_, .id = {}};
                              store::KeyReader reader(std::string_view(key).substr(rows.bytes().size()));
                              for (std::string* part : {&ref.table.account, &ref.table.region, &ref.id}) {
                                TRY_VOID(reader.read(*part));
                              }
                              co_return co_await step_(std::move(ref));
                            }});
}

}  // namespace hearth::services::dynamodb
