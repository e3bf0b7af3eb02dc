#include "services/dynamodb/trimming.h"

#include "base/log.h"
#include "io/loop.h"
#include "services/dynamodb/change_log.h"
#include "services/dynamodb/job_records.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::chrono::minutes kPause(1);
constexpr size_t kRowsAtOnce = 500;
constexpr std::chrono::days kJobsKept(90);

// Goes through a range a page at a time, one transaction each; `look` (Transaction&, Row -> Result<bool>)
// says whether to go on.
template <typename Look>
Async<void> each_page(store::Store& store, store::KeyRange left, Look look) {
  for (bool more = true; more;) {
    auto body = [&](store::Transaction& tx) -> Async<store::Page> {
      TRY(store::Page page,
          co_await tx.scan({.range = left, .rows_max = kRowsAtOnce}, store::Isolation::kSnapshot));
      for (const store::Row& row : page.rows) {
        TRY(const bool on, look(tx, row));
        if (!on) page.more = false;
        if (!on) break;
      }
      co_return page;
    };
    TRY(const store::Page page, co_await store.transact(body));
    more = page.more;
    if (more) left.begin = store::key_after(page.rows.back().key);
  }
  co_return {};
}

// Changes that are older than the horizon.
Async<void> forget_changes(store::Store& store, store::Key prefix, int64_t horizon) {
  auto forget = [&](store::Transaction& tx, const store::Row& change) -> Result<bool> {
    TRY_SYNC(const auto record, store::decode<ChangeRecord>(change.value));
    if (record.created_ms >= horizon) return false;
    tx.erase(change.key);
    return true;
  };
  co_return co_await each_page(store, prefix.under(), forget);
}

// Exports and imports that ended long ago.
template <typename Record>
Async<void> forget_jobs(store::Store& store, store::Key prefix, int64_t horizon) {
  auto forget = [&](store::Transaction& tx, const store::Row& row) -> Result<bool> {
    TRY_SYNC(const auto job, store::decode<Record>(row.value));
    if (job.status != JobStatus::kInProgress && job.ended_ms < horizon) tx.erase(row.key);
    return true;
  };
  co_return co_await each_page(store, prefix.under(), forget);
}

}  // namespace

Task<void> Trimming::run() {
  for (;;) {
    const auto trimmed = co_await trim();
    if (!trimmed) log::error("old changes of tables cannot be removed: {}", trimmed.error().message);
    co_await io::sleep_for(kPause);
  }
}

Async<void> Trimming::trim() {
  std::vector<store::Row> streams;
  auto collect = [&](store::Transaction&, const store::Row& row) -> Result<bool> {
    streams.push_back(row);
    return true;
  };
  TRY_VOID(co_await each_page(parts_.store, store::Key("dynamodb.streams").under(), collect));
  for (const store::Row& row : streams) {
    TRY_VOID(co_await trim_stream(row));
  }
  TRY_VOID(co_await trim_logs());
  TRY_VOID(co_await trim_tokens());
  const int64_t horizon = epoch_ms(parts_.clock.now() - kJobsKept);
  TRY_VOID(co_await forget_jobs<ExportRecord>(parts_.store, store::Key("dynamodb.exports"), horizon));
  co_return co_await forget_jobs<ImportRecord>(parts_.store, store::Key("dynamodb.imports"), horizon);
}

Async<void> Trimming::trim_stream(store::Row row) {
  TRY(const auto stream, store::decode<StreamRecord>(row.value));
  const int64_t horizon = epoch_ms(parts_.clock.now() - kChangesKept);
  TRY_VOID(co_await forget_changes(parts_.store, changes_prefix(stream.number), horizon));
  if (stream.ended_ms == 0 || stream.ended_ms >= horizon) co_return {};
  auto end = [&](store::Transaction& tx) -> Async<void> {
    tx.erase(row.key);
    tx.erase_range(changes_prefix(stream.number).under());
    co_return {};
  };
  co_return co_await parts_.store.transact(end);
}

Async<void> Trimming::trim_logs() {
  std::vector<LogRecord> logs;
  auto collect = [&](store::Transaction&, const store::Row& row) -> Result<bool> {
    TRY_SYNC(const auto log, store::decode<LogRecord>(row.value));
    if (log.kept_days != 0) logs.push_back(log);
    return true;
  };
  TRY_VOID(co_await each_page(parts_.store, store::Key("dynamodb.logs").under(), collect));
  for (const LogRecord& log : logs) {
    const int64_t horizon = epoch_ms(parts_.clock.now() - std::chrono::days(log.kept_days));
    TRY_VOID(co_await forget_changes(parts_.store, log_prefix(log.number), horizon));
  }
  co_return {};
}

Async<void> Trimming::trim_tokens() {
  const int64_t horizon = epoch_ms(parts_.clock.now()) - limits::kTokenMs;
  auto forget = [&](store::Transaction& tx, const store::Row& row) -> Result<bool> {
    TRY_SYNC(const auto token, store::decode<TokenRecord>(row.value));
    if (token.created_ms >= horizon) return true;
    tx.expect(row.key, row.value);
    tx.erase(row.key);
    return true;
  };
  co_return co_await each_page(parts_.store, store::Key("dynamodb.tokens").under(), forget);
}

}  // namespace hearth::services::dynamodb
