// A durable execution inside a transaction: what all that changes one has in common. Each change keeps its
// operations, history, timers and what the function is still to be told of in step; save() writes the record.
#pragma once
#include <optional>
#include <string>

#include "services/lambda/durable/checkpoint.h"
#include "services/lambda/durable/parts.h"
#include "services/lambda/durable/record.h"
#include "services/lambda/durable/ref.h"

namespace hearth::services::lambda {

class DurableExecution {
 public:
  // All outlive it. A record of no execution that is stored yet, or one that was loaded.
  DurableExecution(DurableParts& parts, store::Transaction& tx, ExecutionRef ref, ExecutionRecord record);
  // Fails with ResourceNotFoundException, also where the ARN's name or version are not the execution's.
  static Async<DurableExecution> load(DurableParts& parts, store::Transaction& tx, ExecutionRef ref);
  // The same without an error.
  static Async<std::optional<DurableExecution>> find(DurableParts& parts, store::Transaction& tx,
                                                     ExecutionRef ref);

  const ExecutionRef& ref() const { return ref_; }
  ExecutionRecord record;

  Async<std::optional<OperationRecord>> operation(std::string id);
  Async<Operations> operations();
  // Replaces `before`, where there is one.
  void put(const OperationRecord& now, const std::optional<OperationRecord>& before);
  void put_data(const DataWrite& data);
  Async<std::string> data(std::string operation, std::string_view what);
  Async<std::optional<DurableError>> error(std::string operation);
  void tell(EventRecord event);
  Async<std::optional<EventRecord>> event(int64_t number);

  // An operation that pends has ended, by what is outside of the function, which is told, and wakes up.
  void complete(OperationRecord operation, std::string_view status, std::optional<std::string> result,
                std::optional<DurableError> error);
  // Others than the function changed the operation; it is told, and wakes up.
  void change(const OperationRecord& now, const std::optional<OperationRecord>& before);
  // Ids of the operations that others changed, from behind the first count to the second.
  Async<std::vector<std::string>> changed(int64_t from, int64_t to);

  // The function is invoked at that time, unless it is already on its way, or the execution pauses.
  void wake(TimePoint due);
  // Tells whom it concerns: those who wait, a chained invoke, dead letters. Nothing where it has ended
  // before.
  Async<void> end(Ending ending);
  void set_timeout(std::optional<TimePoint> at);
  // Where a pause was asked for, it begins, unless it has. The function is invoked at its end if something
  // was cut short, or there is something to tell.
  void pause(bool cut_short);
  // Ends the pause.
  void resume(std::string reason);
  // Nothing is left of it; its name is free.
  Async<void> forget();
  void save();

 private:
  store::Table<OperationRecord> table();

  DurableParts* parts_;
  store::Transaction* tx_;
  ExecutionRef ref_;
  store::Key key_;
};

// What waits for the end of an execution watches, and what lists are made from.
store::Key end_key(const ExecutionRef& ref);
store::Table<NameRecord> durable_names(store::Transaction& tx);
// (account, region, function, start, id)
store::Table<NameRecord> durable_list(store::Transaction& tx);

}  // namespace hearth::services::lambda
