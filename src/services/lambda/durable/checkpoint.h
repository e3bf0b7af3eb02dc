// What a checkpoint does to an execution: pure rules. Updates are applied in their order, all of them or
// none.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/lambda.h"
#include "services/lambda/durable/record.h"

namespace hearth::services::lambda {

using Operations = std::map<std::string, OperationRecord>;  // by id

struct DataWrite {
  std::string operation;
  std::string_view what;  // kInput, kResult or kError; replaces what was there
  std::string bytes;
};

struct Ending {
  std::string_view status;
  std::optional<std::string> result;
  std::optional<DurableError> error;
};

struct Checkpoint {
  std::vector<OperationRecord> operations;  // as they are now, each once
  std::vector<DataWrite> data;
  std::vector<EventRecord> events;
  std::optional<Ending> ending;  // the execution is over: by an update, or for a limit
};

// `known` are the operations that updates name, or name as parents, as far as there are any. `secret` gives
// parts of new callbacks' ids. Fails with InvalidParameterValueException.
Result<Checkpoint> apply_updates(const ExecutionRecord& execution, const Operations& known,
                                 std::vector<api::lambda::OperationUpdate> updates, TimePoint now,
                                 const std::function<std::string()>& secret);

DurableError error_of(api::lambda::ErrorObject error);
// "error payload size must be ..."; `what` is whose.
Status check_error_size(std::string_view what, const DurableError& error);

}  // namespace hearth::services::lambda
