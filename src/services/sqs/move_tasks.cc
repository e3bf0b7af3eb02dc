#include "services/sqs/move_tasks.h"

#include "base/encoding.h"
#include "base/json.h"
#include "base/log.h"
#include "io/loop.h"
#include "services/sqs/claims.h"
#include "services/sqs/errors.h"
#include "services/sqs/paging.h"
#include "services/sqs/receipts.h"
#include "services/sqs/sender.h"

namespace hearth::services::sqs {
namespace {

namespace ops = api::sqs::ops;
using store::Isolation;
using store::Key;

constexpr std::string_view kRunning = "RUNNING", kCompleted = "COMPLETED", kCancelling = "CANCELLING",
                           kCancelled = "CANCELLED", kFailed = "FAILED";
constexpr size_t kTasksKept = 10;
// Of one transaction: with the largest messages it stays below the store's limit.
constexpr size_t kMovedAtOnce = 8;
constexpr std::chrono::seconds kPollTime(1);
constexpr std::string_view kTaskPart = "task/";

Key moving_of(const QueueRef& ref) {
  return Key("sqs.moving", ref.account, ref.region, ref.name);
}

std::string handle_of(const TaskRecord& task) {
  return base64_encode(to_text(json::object{{"taskId", task.id}, {"sourceArn", task.source_arn}}));
}

struct TaskHandle {
  std::string id;
  QueueRef source;
};
std::optional<TaskHandle> open_handle(std::string_view text) {
  const auto bytes = base64_decode(text);
  const auto parsed = bytes ? parse_json(*bytes) : fail("", "");
  const json::object* handle = parsed ? parsed->if_object() : nullptr;
  const json::value* id = handle ? handle->if_contains("taskId") : nullptr;
  const json::value* arn = handle ? handle->if_contains("sourceArn") : nullptr;
  if (!id || !arn || !id->is_string() || !arn->is_string()) return std::nullopt;
  const auto source = QueueRef::of_arn(arn->get_string());
  if (!source) return std::nullopt;
  return TaskHandle{.id = std::string(id->get_string()), .source = *source};
}

Error not_there(std::string_view parameter) {
  return errors::resource_not_found_exception(
      fmt::format("The resource that you specified for the {} parameter doesn't exist.", parameter));
}

Result<QueueRef> arn_of(const std::string& text, std::string_view parameter) {
  const auto ref = QueueRef::of_arn(text);
  if (ref) return *ref;
  return fail(
      errors::invalid_parameter(fmt::format("You must use this format to specify the {}: "
                                            "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                                            parameter)));
}

// The queues of an account that send their dead letters to this one.
Async<std::vector<QueueRef>> sources_of(store::Transaction& tx, QueueRef target) {
  std::vector<QueueRef> sources;
  TRY(const auto queues, co_await Tables(tx, target).queues.all({}, Isolation::kSnapshot));
  for (const auto& [key, queue] : queues) {
    if (queue.dead_letter_arn != target.arn()) continue;
    TRY(const auto name, store::parse_key<std::string>(key));
    sources.push_back({.account = target.account, .region = target.region, .name = std::get<0>(name)});
  }
  co_return sources;
}

}  // namespace

void MoveTasks::mount(wire::Router& router) {
  router.resolve_with(api::sqs::kService, *this);
  router.on<ops::StartMessageMoveTask>(*this, &MoveTasks::start);
  router.on<ops::CancelMessageMoveTask>(*this, &MoveTasks::cancel);
  router.on<ops::ListMessageMoveTasks>(*this, &MoveTasks::list);
  router.on<ops::ListDeadLetterSourceQueues>(*this, &MoveTasks::list_sources);
}

Async<std::string> MoveTasks::resolve(const wire::Call&, std::string resource) {
  const size_t at = resource.rfind(':');
  const std::string_view rest = std::string_view(resource).substr(at + 1);
  if (!rest.starts_with(kTaskPart)) co_return resource;
  const auto handle = open_handle(rest.substr(kTaskPart.size()));
  co_return handle ? handle->source.arn() : resource;
}

Async<api::sqs::ListDeadLetterSourceQueuesResult> MoveTasks::list_sources(
    const Call& call, api::sqs::ListDeadLetterSourceQueuesRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  TRY(const Paging paging, Paging::of(input.max_results, input.next_token));
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::ListDeadLetterSourceQueuesResult> {
    TRY_VOID(co_await require_queue(tx, ref));
    TRY(const auto sources, co_await sources_of(tx, ref));
    api::sqs::ListDeadLetterSourceQueuesResult output;
    std::string last;
    for (const QueueRef& source : sources) {
      if (source.name <= paging.after) continue;
      if (output.queue_urls.size() == paging.rows_max) {
        output.next_token = paging.token_after(last);
        break;
      }
      output.queue_urls.push_back(source.url(call));
      last = source.name;
    }
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

// What the task will do is the caller's doing.
Async<void> MoveTasks::check_start(const Call& call, const api::sqs::StartMessageMoveTaskRequest& input) {
  for (const auto* action : {"sqs:ReceiveMessage", "sqs:DeleteMessage"}) {
    TRY_VOID(co_await parts_.authorizer.authorize(call, {.action = action, .resource = input.source_arn}));
  }
  if (!input.destination_arn) co_return {};
  co_return co_await parts_.authorizer.authorize(
      call, {.action = "sqs:SendMessage", .resource = *input.destination_arn});
}

Async<api::sqs::StartMessageMoveTaskResult> MoveTasks::start(const Call& call,
                                                             api::sqs::StartMessageMoveTaskRequest input) {
  TRY(const QueueRef source, arn_of(input.source_arn, "SourceArn"));
  TRY(const QueueRef destination, arn_of(input.destination_arn.value_or(input.source_arn), "DestinationArn"));
  const int64_t rate = input.max_number_of_messages_per_second.value_or(0);
  if (input.max_number_of_messages_per_second && (rate < 1 || rate > limits::kMoveRateMax)) {
    co_return errors::invalid_value(
        std::to_string(rate), "MaxNumberOfMessagesPerSecond",
        fmt::format("The number must be between 1 and {}.", limits::kMoveRateMax));
  }
  const int64_t started_us = parts_.moments.next_us();
  const std::string id = parts_.random.uuid();
  auto look = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto queue, co_await Tables(tx, source).queues.get(Key(source.name)));
    if (!queue) co_return not_there("SourceArn");
    TRY(const auto target, co_await Tables(tx, destination).queues.get(Key(destination.name)));
    if (!target) co_return not_there("DestinationArn");
    if (input.destination_arn && destination == source) {
      co_return errors::invalid_parameter("Source queue arn and destination queue arn cannot be the same.");
    }
    TRY(const auto sources, co_await sources_of(tx, source));
    if (sources.empty()) {
      co_return errors::invalid_parameter("Source queue must be configured as a Dead Letter Queue.");
    }
    if (queue->fifo != target->fifo) {
      co_return errors::invalid_parameter("Source and destination queues must be of the same type.");
    }
    co_return {};
  };
  TRY_VOID(co_await parts_.store.read(look));
  TRY_VOID(co_await check_start(call, input));
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::StartMessageMoveTaskResult> {
    TRY_VOID(co_await look(tx));
    TRY(const auto moving, co_await tx.get(moving_of(source).bytes()));
    if (moving) {
      co_return errors::invalid_parameter(
          "There is already a task running. Only one active task is allowed for a source queue arn at a "
          "given "
          "time.");
    }
    TRY(const QueueRecord queue, co_await require_queue(tx, source));
    TRY(const auto in, co_await tx.get(count_key(queue, "in"), Isolation::kSnapshot));
    TRY(const auto out, co_await tx.get(count_key(queue, "out"), Isolation::kSnapshot));
    TRY(const int64_t came, store::counter_value(in.value_or(store::counter_bytes(0))));
    TRY(const int64_t left, store::counter_value(out.value_or(store::counter_bytes(0))));
    const TaskRecord task{.id = id,
                          .source_arn = input.source_arn,
                          .destination_arn = input.destination_arn.value_or(""),
                          .rate = rate,
                          .status = std::string(kRunning),
                          .started_ms = started_us / 1000,
                          .to_move = came - left};
    Tables tables(tx, source);
    TRY(const auto before, co_await tables.tasks.list({.under = Key(source.name), .reverse = true}));
    for (size_t at = kTasksKept - 1; at < before.entries.size(); ++at) {
      tables.tasks.erase(Key::from_bytes(before.entries[at].key));
    }
    tables.tasks.put(Key(source.name, started_us), task);
    tx.put(moving_of(source).bytes(), store::counter_bytes(started_us));
    co_return api::sqs::StartMessageMoveTaskResult{.task_handle = handle_of(task)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::sqs::CancelMessageMoveTaskResult> MoveTasks::cancel(const Call&,
                                                               api::sqs::CancelMessageMoveTaskRequest input) {
  const auto handle = open_handle(input.task_handle);
  if (!handle)
    co_return errors::invalid_value(input.task_handle, "TaskHandle", "The task handle is not valid.");
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::CancelMessageMoveTaskResult> {
    Tables tables(tx, handle->source);
    const Error unknown = errors::resource_not_found_exception("Task does not exist.");
    TRY(const auto moving, co_await tx.get(moving_of(handle->source).bytes()));
    if (!moving) co_return unknown;
    TRY(const int64_t started_us, store::counter_value(*moving));
    const Key key(handle->source.name, started_us);
    TRY(auto task, co_await tables.tasks.get(key));
    if (!task || task->id != handle->id || task->status != kRunning) co_return unknown;
    task->status = kCancelling;
    tables.tasks.put(key, *task);
    co_return api::sqs::CancelMessageMoveTaskResult{.approximate_number_of_messages_moved = task->moved};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::sqs::ListMessageMoveTasksResult> MoveTasks::list(const Call&,
                                                            api::sqs::ListMessageMoveTasksRequest input) {
  TRY(const QueueRef source, arn_of(input.source_arn, "SourceArn"));
  const int64_t rows_max = input.max_results.value_or(1);
  if (rows_max < 1 || std::cmp_greater(rows_max, kTasksKept)) {
    co_return errors::invalid_value(std::to_string(rows_max), "MaxResults",
                                    fmt::format("Value for parameter must be between 1 and {}.", kTasksKept));
  }
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::ListMessageMoveTasksResult> {
    Tables tables(tx, source);
    TRY(const bool there, co_await tables.queues.contains(Key(source.name)));
    if (!there) co_return not_there("SourceArn");
    TRY(const auto tasks,
        co_await tables.tasks.list(
            {.under = Key(source.name), .rows_max = static_cast<size_t>(rows_max), .reverse = true}));
    std::vector<api::sqs::ListMessageMoveTasksResultEntry> results;
    for (const auto& [key, task] : tasks.entries) {
      auto& entry = results.emplace_back();
      entry.status = task.status;
      entry.source_arn = task.source_arn;
      entry.approximate_number_of_messages_moved = task.moved;
      entry.approximate_number_of_messages_to_move = task.to_move;
      entry.started_timestamp = task.started_ms;
      if (task.status == kRunning) entry.task_handle = handle_of(task);
      if (!task.destination_arn.empty()) entry.destination_arn = task.destination_arn;
      if (task.rate > 0) entry.max_number_of_messages_per_second = static_cast<int32_t>(task.rate);
      if (!task.failure.empty()) entry.failure_reason = task.failure;
    }
    api::sqs::ListMessageMoveTasksResult output;
    if (!results.empty()) output.results = std::move(results);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<std::vector<MoveTasks::Running>> MoveTasks::running() {
  auto body = [&](store::Transaction& tx) -> Async<std::vector<Running>> {
    std::vector<Running> found;
    TRY(const store::Page page, co_await tx.scan({.range = Key("sqs.moving").under()}));
    for (const store::Row& row : page.rows) {
      TRY(auto parts, (store::parse_key<std::string, std::string, std::string, std::string>(row.key)));
      TRY(const int64_t started_us, store::counter_value(row.value));
      found.push_back({.source = {.account = std::move(std::get<1>(parts)),
                                  .region = std::move(std::get<2>(parts)),
                                  .name = std::move(std::get<3>(parts))},
                       .started_us = started_us});
    }
    co_return found;
  };
  co_return co_await parts_.store.read(body);
}

Task<void> MoveTasks::run() {
  store::Watch watch = parts_.store.watch(Key("sqs.moving").bytes());
  for (;;) {
    SteadyTime wake = parts_.clock.steady_now() + kPollTime;
    const auto tasks = co_await running();
    if (!tasks) log::error("moves of messages cannot be read: {}", tasks.error().message);
    for (const Running& task : tasks ? *tasks : std::vector<Running>()) {
      const auto next = co_await step(task);
      if (!next) log::error("messages of {} cannot be moved: {}", task.source.arn(), next.error().message);
      if (next && *next) wake = std::min(wake, **next);
    }
    co_await watch.changed(wake);
  }
}

Async<std::optional<SteadyTime>> MoveTasks::step(Running task) {
  Pace& pace = paces_.try_emplace(task, Pace{.since = parts_.clock.steady_now()}).first->second;
  auto rate_of = [&](store::Transaction& tx) -> Async<int64_t> {
    TRY(const auto record,
        co_await Tables(tx, task.source).tasks.get(Key(task.source.name, task.started_us)));
    co_return record ? record->rate : 0;
  };
  TRY(const int64_t rate, co_await parts_.store.read(rate_of));
  const SteadyTime now = parts_.clock.steady_now();
  size_t count = kMovedAtOnce;
  if (rate > 0) {
    const int64_t allowed = (now - pace.since) * rate / std::chrono::seconds(1) + 1 - pace.moved;
    count = static_cast<size_t>(std::clamp<int64_t>(allowed, 0, kMovedAtOnce));
  }
  size_t moved = 0;
  auto body = [&](store::Transaction& tx) { return move(tx, task, count, moved); };
  TRY(const bool goes_on, co_await parts_.store.transact(body));
  pace.moved += static_cast<int64_t>(moved);
  if (!goes_on) {
    paces_.erase(task);
    co_return std::optional<SteadyTime>();
  }
  if (rate == 0) co_return std::optional(now);
  co_return std::optional(pace.since + std::chrono::nanoseconds(std::chrono::seconds(1)) * pace.moved / rate);
}

// False when the task is at its end. With a count of zero it only looks whether it is to be.
Async<bool> MoveTasks::move(store::Transaction& tx, Running running, size_t count, size_t& moved) {
  Tables tables(tx, running.source);
  const Key key(running.source.name, running.started_us);
  TRY(auto task, co_await tables.tasks.get(key));
  TRY(const auto queue, co_await tables.queues.get(Key(running.source.name)));
  moved = 0;
  const auto end = [&](std::string_view status, std::string_view failure = {}) {
    if (task) {
      task->moved += static_cast<int64_t>(moved);
      task->status = status;
      task->failure = failure;
      tables.tasks.put(key, *task);
    }
    tx.erase(moving_of(running.source).bytes());
    return false;
  };
  constexpr std::string_view kNoQueue = "AWS.SimpleQueueService.NonExistentQueue";
  if (!task) co_return end(kFailed);
  if (task->status != kRunning) co_return end(kCancelled);
  if (!queue) co_return end(kFailed, kNoQueue);
  if (count == 0) co_return true;

  Claims claims;
  const std::vector<Want> wants = {{.count = count, .visibility_s = 1}};
  Hand hand(claims, wants);
  const DeadLetters none;
  const int64_t moment_us = now_us(parts_.clock);
  ClaimWork work{.tx = tx,
                 .queue = *queue,
                 .dead_letters = none,
                 .hand = hand,
                 .claims = claims,
                 .moments = parts_.moments,
                 .moment_us = moment_us};
  TRY_VOID(co_await (queue->fifo ? claim_fifo(work) : claim_standard(work)));
  std::string failure;
  for (const Claim& claim : claims.of_want.front()) {
    TRY(auto record, co_await Contents(tx, *queue).messages.get(claim.message.key()));
    if (!record) continue;
    const auto to =
        QueueRef::of_arn(task->destination_arn.empty() ? record->source_arn : task->destination_arn);
    if (!to) co_return end(kFailed, "CouldNotDetermineMessageSource");
    TRY(const auto target, co_await Tables(tx, *to).queues.get(Key(to->name)));
    if (!target) co_return end(kFailed, kNoQueue);
    TRY_VOID(co_await take_out(tx, *queue, claim.message, claim.receipt, moment_us));
    const MessageKey fresh{.since_us = parts_.moments.next_us(), .id = new_message_id(parts_.random)};
    record->source_arn.clear();
    record->sent_ms = fresh.since_us / 1000;
    record->visible_us = moment_us;
    if (target->fifo) record->sequence = fresh.since_us;
    place(tx, *target, fresh, *record);
    ++moved;
  }
  if (claims.exhausted) co_return end(kCompleted);
  task->moved += static_cast<int64_t>(moved);
  tables.tasks.put(key, *task);
  co_return true;
}

}  // namespace hearth::services::sqs
