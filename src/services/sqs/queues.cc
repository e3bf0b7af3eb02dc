#include "services/sqs/queues.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/sqs/claims.h"
#include "services/sqs/errors.h"
#include "services/sqs/paging.h"
#include "services/sqs/tags.h"

namespace hearth::services::sqs {
namespace {

namespace ops = api::sqs::ops;
using store::Key;

int64_t now_s(const Clock& clock) {
  return epoch_ms(clock.now()) / 1000;
}

// A queue that is there already is as good as a new one when all that is asked of it is so.
Status check_same(const QueueRecord& present, QueueRecord wanted, const QueueRef& ref,
                  const AttributeTexts& given) {
  TRY_SYNC_VOID(apply(wanted, given, true));
  const AttributeTexts is = texts_of(present, ref);
  const AttributeTexts should_be = texts_of(wanted, ref);
  for (const auto& [name, text] : given) {
    const auto one = is.find(name), other = should_be.find(name);
    const bool same = one == is.end() || other == should_be.end()
                          ? (one == is.end()) == (other == should_be.end())
                          : one->second == other->second;
    if (same) continue;
    return fail(errors::queue_name_exists(fmt::format(
        "A queue already exists with the same name and a different value for attribute {}", name)));
  }
  return {};
}

// All that is in it, whatever its number.
void drop_contents(store::Transaction& tx, const QueueRecord& queue) {
  tx.erase_range(Contents(tx, queue).base.under());
}

}  // namespace

void Queues::mount(wire::Router& router) {
  router.on<ops::CreateQueue>(*this, &Queues::create);
  router.on<ops::DeleteQueue>(*this, &Queues::remove);
  router.on<ops::GetQueueUrl>(*this, &Queues::url);
  router.on<ops::ListQueues>(*this, &Queues::list);
  router.on<ops::GetQueueAttributes>(*this, &Queues::attributes);
  router.on<ops::SetQueueAttributes>(*this, &Queues::set_attributes);
  router.on<ops::PurgeQueue>(*this, &Queues::purge);
}

Async<api::sqs::CreateQueueResult> Queues::create(const Call& call, api::sqs::CreateQueueRequest input) {
  const QueueRef ref{.account = call.account, .region = call.region, .name = input.queue_name};
  const AttributeTexts given = std::move(input.attributes).value_or(AttributeTexts{});
  const Tags tags = std::move(input.tags).value_or(Tags{});
  TRY_VOID(check_tags(tags, ref.name));
  QueueRecord made{.id = parts_.random.next(), .contents = parts_.random.next()};
  TRY_VOID(apply(made, given, true));
  TRY_VOID(check_name(ref.name, made.fifo));
  made.tags = tags;
  made.created_s = made.modified_s = now_s(parts_.clock);
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::CreateQueueResult> {
    Tables tables(tx, ref);
    api::sqs::CreateQueueResult output{.queue_url = ref.url(call)};
    TRY(const auto present, co_await tables.queues.get(Key(ref.name)));
    if (present) {
      TRY_VOID(check_same(*present, *present, ref, given));
      co_return output;
    }
    TRY(const auto deleted, co_await tables.deleted.get(Key(ref.name)));
    if (deleted && from_epoch_ms(deleted->at_ms) + parts_.before_recreation > parts_.clock.now()) {
      co_return api::sqs::errors::queue_deleted_recently(
          "You must wait 60 seconds after deleting a queue before you can create another with the same "
          "name.");
    }
    TRY_VOID(co_await check_redrive(tx, ref, made));
    tables.deleted.erase(Key(ref.name));
    tables.queues.put(Key(ref.name), made);
    co_return output;
  };
  co_return co_await parts_.store.transact(body);
}

// Who waits for messages is told by the count that goes.
Async<ops::DeleteQueue::Output> Queues::remove(const Call& call, api::sqs::DeleteQueueRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteQueue::Output> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    Tables tables(tx, ref);
    tables.queues.erase(Key(ref.name));
    tables.deleted.put(Key(ref.name), {.at_ms = epoch_ms(parts_.clock.now())});
    drop_contents(tx, queue);
    tables.tasks.erase_under(Key(ref.name));
    for (const auto* which : {"in", "out"}) tx.erase(count_key(queue, which));
    co_return ops::DeleteQueue::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::sqs::GetQueueUrlResult> Queues::url(const Call& call, api::sqs::GetQueueUrlRequest input) {
  const QueueRef ref{.account = input.queue_owner_aws_account_id.value_or(call.account),
                     .region = call.region,
                     .name = input.queue_name};
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::GetQueueUrlResult> {
    TRY_VOID(co_await require_queue(tx, ref));
    co_return api::sqs::GetQueueUrlResult{.queue_url = ref.url(call)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::sqs::ListQueuesResult> Queues::list(const Call& call, api::sqs::ListQueuesRequest input) {
  TRY(const Paging paging, Paging::of(input.max_results, input.next_token));
  const std::string prefix = input.queue_name_prefix.value_or("");
  QueueRef ref{.account = call.account, .region = call.region, .name = {}};
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::ListQueuesResult> {
    const Key table = Tables(tx, ref).scope + Key("queue");
    // Names that begin with the prefix stand together: from the prefix itself on.
    store::KeyRange range = table.under();
    range.begin = (table + Key(std::max(prefix, paging.after))).bytes();
    api::sqs::ListQueuesResult output;
    std::vector<std::string> urls;
    bool more = true;
    while (more) {
      TRY(const store::Page page, co_await tx.scan({.range = range}));
      more = page.more;
      for (const store::Row& row : page.rows) {
        TRY(const auto parts, store::parse_key<std::string>(row.key.substr(table.bytes().size())));
        const std::string& name = std::get<0>(parts);
        if (name == paging.after) continue;
        if (!name.starts_with(prefix) || urls.size() == paging.rows_max) {
          if (name.starts_with(prefix)) output.next_token = paging.token_after(ref.name);
          more = false;
          break;
        }
        ref.name = name;
        urls.push_back(ref.url(call));
      }
      if (more) range.begin = store::key_after(page.rows.back().key);
    }
    if (!urls.empty()) output.queue_urls = std::move(urls);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<AttributeTexts> Queues::counts(store::Transaction& tx, const QueueRecord& queue) const {
  TRY(const auto rows, co_await tx.multi_get({count_key(queue, "in"), count_key(queue, "out")}));
  TRY(const int64_t in, store::counter_value(rows[0].value_or(store::counter_bytes(0))));
  TRY(const int64_t out, store::counter_value(rows[1].value_or(store::counter_bytes(0))));
  TRY(const Unavailable unavailable, co_await count_unavailable(tx, queue, now_us(parts_.clock)));
  const int64_t ready = in - out - static_cast<int64_t>(unavailable.in_flight + unavailable.delayed);
  co_return AttributeTexts{{"ApproximateNumberOfMessages", std::to_string(std::max<int64_t>(ready, 0))},
                           {"ApproximateNumberOfMessagesNotVisible", std::to_string(unavailable.in_flight)},
                           {"ApproximateNumberOfMessagesDelayed", std::to_string(unavailable.delayed)}};
}

Async<api::sqs::GetQueueAttributesResult> Queues::attributes(const Call& call,
                                                             api::sqs::GetQueueAttributesRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  const std::vector<std::string> names = input.attribute_names.value_or(std::vector<std::string>{});
  for (const std::string& name : names) {
    if (!is_attribute(name)) co_return errors::unknown_attribute(name);
  }
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::GetQueueAttributesResult> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    AttributeTexts texts = texts_of(queue, ref);
    const bool all = std::ranges::find(names, "All") != names.end();
    if (all || std::ranges::any_of(names, is_count)) {
      TRY(AttributeTexts counted, co_await counts(tx, queue));
      texts.merge(counted);
    }
    api::sqs::GetQueueAttributesResult output;
    if (!all)
      std::erase_if(texts,
                    [&](const auto& each) { return std::ranges::find(names, each.first) == names.end(); });
    if (!texts.empty()) output.attributes = std::move(texts);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

// Who waits looks again: a delay may be over.
Async<ops::SetQueueAttributes::Output> Queues::set_attributes(const Call& call,
                                                              api::sqs::SetQueueAttributesRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::SetQueueAttributes::Output> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    TRY_VOID(apply(queue, input.attributes, false));
    if (input.attributes.contains("RedrivePolicy")) TRY_VOID(co_await check_redrive(tx, ref, queue));
    queue.modified_s = now_s(parts_.clock);
    Tables(tx, ref).queues.put(Key(ref.name), queue);
    count_in(tx, queue, 0);
    co_return ops::SetQueueAttributes::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::PurgeQueue::Output> Queues::purge(const Call& call, api::sqs::PurgeQueueRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  const uint64_t contents = parts_.random.next();
  auto body = [&](store::Transaction& tx) -> Async<ops::PurgeQueue::Output> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    if (from_epoch_ms(queue.purged_ms) + limits::kBetweenPurges > parts_.clock.now()) {
      co_return api::sqs::errors::purge_queue_in_progress(
          fmt::format("Only one PurgeQueue operation on {} is allowed every 60 seconds.", ref.name));
    }
    drop_contents(tx, queue);
    queue.contents = contents;
    queue.purged_ms = epoch_ms(parts_.clock.now());
    Tables(tx, ref).queues.put(Key(ref.name), queue);
    for (const auto* which : {"in", "out"}) tx.erase(count_key(queue, which));
    co_return ops::PurgeQueue::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::sqs
