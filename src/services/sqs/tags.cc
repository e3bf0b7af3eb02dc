#include "services/sqs/tags.h"

#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

namespace ops = api::sqs::ops;

constexpr size_t kKeyMax = 128;
constexpr size_t kValueMax = 256;

Error invalid_key() {
  return errors::invalid_parameter(
      fmt::format("Tag keys must be between 1 and {} characters in length.", kKeyMax));
}

}  // namespace

Status check_tags(const Tags& tags, std::string_view queue) {
  if (tags.size() > limits::kTagsMax) {
    return fail(errors::invalid_parameter(fmt::format("Too many tags added for queue {}.", queue)));
  }
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > kKeyMax) return fail(invalid_key());
    if (key.starts_with("aws:")) {
      return fail(errors::invalid_parameter("Tag keys cannot begin with the reserved prefix aws:."));
    }
    if (value.size() > kValueMax) {
      return fail(errors::invalid_parameter(
          fmt::format("Tag values must be between 0 and {} characters in length.", kValueMax)));
    }
  }
  return {};
}

void QueueTags::mount(wire::Router& router) {
  router.on<ops::TagQueue>(*this, &QueueTags::tag);
  router.on<ops::UntagQueue>(*this, &QueueTags::untag);
  router.on<ops::ListQueueTags>(*this, &QueueTags::list);
}

Async<ops::TagQueue::Output> QueueTags::tag(const wire::Call& call, api::sqs::TagQueueRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::TagQueue::Output> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    if (input.tags.empty()) co_return errors::missing("Tags");
    for (const auto& [key, value] : input.tags) queue.tags[key] = value;
    TRY_VOID(check_tags(queue.tags, ref.name));
    Tables(tx, ref).queues.put(store::Key(ref.name), queue);
    co_return ops::TagQueue::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::UntagQueue::Output> QueueTags::untag(const wire::Call& call, api::sqs::UntagQueueRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::UntagQueue::Output> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    if (input.tag_keys.empty()) co_return invalid_key();
    for (const std::string& key : input.tag_keys) queue.tags.erase(key);
    Tables(tx, ref).queues.put(store::Key(ref.name), queue);
    co_return ops::UntagQueue::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::sqs::ListQueueTagsResult> QueueTags::list(const wire::Call& call,
                                                     api::sqs::ListQueueTagsRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::ListQueueTagsResult> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    api::sqs::ListQueueTagsResult output;
    if (!queue.tags.empty()) output.tags = std::move(queue.tags);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::sqs
