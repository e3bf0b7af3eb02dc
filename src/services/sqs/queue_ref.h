// Which queue is meant: by URL, by ARN, or by name.
#pragma once
#include <optional>
#include <string>

#include "services/sqs/records.h"
#include "wire/call.h"

namespace hearth::services::sqs {

struct QueueRef {
  std::string account;
  std::string region;
  std::string name;

  // Any URL whose last two parts are account and name, or a bare name; the error says that there is no such
  // queue.
  static Result<QueueRef> of_url(const wire::Call& call, std::string_view url);
  // Nothing when it is no queue's ARN.
  static std::optional<QueueRef> of_arn(std::string_view arn);

  std::string arn() const;
  // Where the caller reaches it: under the host that it called.
  std::string url(const wire::Call& call) const;
  auto operator<=>(const QueueRef&) const = default;
};

struct Tables {
  Tables(store::Transaction& tx, const QueueRef& ref)
      : scope("sqs", ref.account, ref.region),
        queues(tx, scope + store::Key("queue")),
        deleted(tx, scope + store::Key("deleted")),
        tasks(tx, store::Key("sqs.tasks", ref.account, ref.region)) {}
  store::Key scope;
  store::Table<QueueRecord> queues;
  store::Table<DeletedRecord> deleted;
  store::Table<TaskRecord> tasks;
};

// "QueueDoesNotExist" when it is not there.
Async<QueueRecord> require_queue(store::Transaction& tx, QueueRef ref);

}  // namespace hearth::services::sqs
