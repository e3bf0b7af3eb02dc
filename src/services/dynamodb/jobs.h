// What exports and imports have in common: they are found again by their tokens, and listed.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "services/dynamodb/job_records.h"
#include "wire/document.h"

namespace hearth::services::dynamodb {

// On a page of a list, where the request does not say.
inline constexpr size_t kJobsOnPage = 25;

template <typename Record>
struct Job {
  PartRef ref;
  Record record;
};

// What is the same when a request comes again with its token.
template <typename Input>
std::string request_digest(const Input& input) {
  return sha256(to_text(wire::to_document(Input(input)).document));
}

struct JobScope {
  std::string kind;
  std::string account;
  std::string region;
  store::Key prefix() const { return store::Key("dynamodb." + kind + "s", account, region); }
};

// From the newest on, behind `after` (an id; empty: all), until `take` (Job<Record>) says that it is enough.
template <typename Record, typename Take>
Async<void> each_job(store::Transaction& tx, JobScope scope, std::string after, Take take) {
  store::Table<Record> jobs(tx, scope.prefix());
  std::string next = after.empty() ? "" : store::Key(after).bytes();
  do {
    TRY(auto listing, co_await jobs.list({.after = next, .rows_max = 100, .reverse = true}));
    for (auto& entry : listing.entries) {
      TRY(auto id, store::parse_key<std::string>(entry.key));
      const TableRef table{.account = scope.account, .region = scope.region, .name = entry.record.table_name};
      if (!take(Job<Record>{{table, scope.kind, std::get<0>(std::move(id))}, std::move(entry.record)})) {
        co_return {};
      }
    }
    next = std::move(listing.next);
  } while (!next.empty());
  co_return {};
}

// The job that was begun with that token, for eight hours.
template <typename Record>
Async<std::optional<Job<Record>>> find_by_token(store::Transaction& tx, JobScope scope, std::string token,
                                                int64_t now_ms) {
  constexpr int64_t kTokenMs = int64_t{8} * 60 * 60 * 1000;
  std::optional<Job<Record>> found;
  const auto look = [&](Job<Record> job) {
    const int64_t last = job.record.status == JobStatus::kInProgress ? now_ms : job.record.ended_ms;
    if (job.record.client_token == token && last >= now_ms - kTokenMs) found = std::move(job);
    return !found;
  };
  TRY_VOID(co_await each_job<Record>(tx, std::move(scope), "", look));
  co_return found;
}

// One page of those of a table (empty: of all), from the newest on. `more` is set where there are others.
template <typename Record>
Async<std::vector<Job<Record>>> page_of_jobs(store::Transaction& tx, JobScope scope, std::string table_name,
                                             std::string after, size_t jobs_max, bool& more) {
  std::vector<Job<Record>> page;
  const auto take = [&](Job<Record> job) {
    if (!table_name.empty() && job.record.table_name != table_name) return true;
    more = page.size() == jobs_max;
    if (!more) page.push_back(std::move(job));
    return !more;
  };
  TRY_VOID(co_await each_job<Record>(tx, std::move(scope), std::move(after), take));
  co_return page;
}

// Nothing for one of another region, or whose table's name is not the one that its ARN has.
template <typename Record>
Async<std::optional<Record>> find_job(store::Transaction& tx, PartRef ref, std::string region) {
  if (ref.table.region != region) co_return std::optional<Record>();
  TRY(const auto bytes, co_await tx.get(job_key(ref).bytes()));
  if (!bytes) co_return std::optional<Record>();
  TRY(Record record, store::decode<Record>(*bytes));
  if (record.table_name != ref.table.name) co_return std::optional<Record>();
  co_return std::optional<Record>(std::move(record));
}

// The table whose jobs a request wants listed; empty: all tables'.
inline Result<std::string> table_of_list(const wire::Call& call,
                                         const std::optional<std::string>& table_arn) {
  if (!table_arn) return std::string();
  TRY_SYNC(TableRef table, TableRef::parse(call, *table_arn));
  return std::move(table.name);
}

inline const char* status_name(JobStatus status) {
  switch (status) {
    case JobStatus::kInProgress:
      return "IN_PROGRESS";
    case JobStatus::kCompleted:
      return "COMPLETED";
    case JobStatus::kFailed:
      return "FAILED";
  }
  return "";
}

}  // namespace hearth::services::dynamodb
