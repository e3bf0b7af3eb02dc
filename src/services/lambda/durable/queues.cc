#include "services/lambda/durable/queues.h"

#include <algorithm>

#include "store/record.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::seconds;

constexpr delivery::QueueLimits kLimits{.in_flight_max = 1024, .group_in_flight_max = 512};
constexpr seconds kPutBackFirst(1);
constexpr seconds kPutBackMax(60);
constexpr int64_t kDoublingsMax = 6;

delivery::Message message_of(const ExecutionRef& execution, std::string operation) {
  const DurableQueues::Work work{.execution_arn = execution.arn(), .operation = std::move(operation)};
  return {.header = store::encode(work), .body = {}, .lane = {.group = execution.function.arn(), .name = {}}};
}

}  // namespace

DurableQueues::DurableQueues(store::Store& store, const Clock& clock, Random& random)
    : clock_(clock),
      runs_(store, clock, random, "lambda-durable-runs", kLimits),
      chains_(store, clock, random, "lambda-durable-chains", kLimits) {}

void DurableQueues::run(store::Transaction& tx, const ExecutionRef& execution, TimePoint due) {
  runs_.enqueue(tx, message_of(execution, {}), due);
}

void DurableQueues::end_all(store::Transaction& tx, const FunctionRef& function,
                            const std::string& function_id) {
  const Work work{.function_arn = function.qualified_arn(), .function_id = function_id};
  runs_.enqueue(tx,
                {.header = store::encode(work), .body = {}, .lane = {.group = function.arn(), .name = {}}},
                clock_.now());
}

void DurableQueues::chain(store::Transaction& tx, const ExecutionRef& execution,
                          const std::string& operation) {
  chains_.enqueue(tx, message_of(execution, operation), clock_.now());
}

delivery::Verdict DurableQueues::put_back(Work work) const {
  const int64_t doublings = std::min(work.put_back++, kDoublingsMax);
  const seconds wait = std::min(kPutBackFirst * (int64_t{1} << doublings), kPutBackMax);
  return {.again_at = clock_.now() + wait, .header = store::encode(work)};
}

}  // namespace hearth::services::lambda
