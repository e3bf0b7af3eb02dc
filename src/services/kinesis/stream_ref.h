// Which stream is meant: by name, or by ARN.
#pragma once
#include <optional>
#include <string>

#include "services/kinesis/records.h"
#include "wire/call.h"

namespace hearth::services::kinesis {

struct StreamRef {
  std::string account;
  std::string region;
  std::string name;

  // As requests say it: by either, or by both if they are the same. "InvalidArgumentException".
  static Result<StreamRef> of(const wire::Call& call, const std::optional<std::string>& name,
                              const std::optional<std::string>& arn, const std::optional<std::string>& id);
  // Nothing when it is no stream's ARN.
  static std::optional<StreamRef> of_arn(std::string_view arn);

  std::string arn() const;
  auto operator<=>(const StreamRef&) const = default;
};

struct Tables {
  Tables(store::Transaction& tx, const StreamRef& ref)
      : scope("kinesis", ref.account, ref.region),
        streams(tx, scope + store::Key("stream")),
        consumers(tx, scope + store::Key("consumer")) {}
  store::Key scope;
  store::Table<StreamRecord> streams;
  store::Table<ConsumerRecord> consumers;
};

// "ResourceNotFoundException" when it is not there.
Async<StreamRecord> require_stream(store::Transaction& tx, StreamRef ref);

}  // namespace hearth::services::kinesis
