#include "services/kinesis/consumers.h"

#include "base/whole_number.h"
#include "services/kinesis/limits.h"
#include "services/kinesis/tags.h"
#include "wire/not_implemented.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using store::Key;

constexpr std::string_view kKind = "/consumer/";
constexpr size_t kPage = 100;

int64_t seconds_of(TimePoint time) {
  return epoch_ms(time) / 1000;
}

ConsumerRef ref_of(const StreamRef& stream, std::string name, const ConsumerRecord& record) {
  return {.stream = stream, .name = std::move(name), .created_s = seconds_of(record.created)};
}

// Of the two ways to name one, the name, whose time is not known yet.
template <typename Input>
Result<ConsumerRef> named(const wire::Call& call, const Input& input) {
  if (input.consumer_arn) {
    auto ref = ConsumerRef::of_arn(*input.consumer_arn);
    if (!ref) return fail(errors::invalid(fmt::format("ConsumerARN {} is invalid.", *input.consumer_arn)));
    return *std::move(ref);
  }
  if (!input.consumer_name || !input.stream_arn) {
    return fail(errors::invalid("Either ConsumerARN or both StreamARN and ConsumerName must be provided."));
  }
  TRY_SYNC(StreamRef stream, StreamRef::of(call, {}, input.stream_arn, input.stream_id));
  return ConsumerRef{.stream = std::move(stream), .name = *input.consumer_name};
}

}  // namespace

std::optional<ConsumerRef> ConsumerRef::of_arn(std::string_view arn) {
  const size_t kind = arn.find(kKind);
  const size_t colon = arn.rfind(':');
  if (kind == std::string_view::npos || colon < kind + kKind.size()) return std::nullopt;
  auto stream = StreamRef::of_arn(arn.substr(0, kind));
  const std::string_view seconds = arn.substr(colon + 1);
  ConsumerRef ref;
  const auto created_s = whole_number<decltype(ref.created_s)>(seconds);
  if (!stream || !created_s) return std::nullopt;
  ref.created_s = *created_s;
  ref.stream = *std::move(stream);
  ref.name = arn.substr(kind + kKind.size(), colon - kind - kKind.size());
  return ref;
}

std::string ConsumerRef::arn() const {
  return fmt::format("{}{}{}:{}", stream.arn(), kKind, name, created_s);
}

Async<ConsumerRecord> require_consumer(store::Transaction& tx, ConsumerRef ref) {
  TRY_VOID(co_await require_stream(tx, ref.stream));
  TRY(auto record, co_await Tables(tx, ref.stream).consumers.get(ref.key()));
  if (!record || (ref.created_s != 0 && ref.created_s != seconds_of(record->created))) {
    co_return errors::no_consumer(ref.name, ref.stream);
  }
  co_return *std::move(record);
}

void Consumers::mount(wire::Router& router) {
  router.on<ops::RegisterStreamConsumer>(*this, &Consumers::add);
  router.on<ops::DescribeStreamConsumer>(*this, &Consumers::describe);
  router.on<ops::ListStreamConsumers>(*this, &Consumers::list);
  router.on<ops::DeregisterStreamConsumer>(*this, &Consumers::remove);
}

Async<api::kinesis::RegisterStreamConsumerOutput> Consumers::add(
    const Call& call, api::kinesis::RegisterStreamConsumerInput input) {
  TRY(const StreamRef stream, StreamRef::of(call, {}, input.stream_arn, input.stream_id));
  ConsumerRecord record{.created = parts_.clock.now()};
  TRY_VOID(add_tags(stream, record.tags, input.tags.value_or(Tags())));
  const ConsumerRef ref = ref_of(stream, input.consumer_name, record);
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::RegisterStreamConsumerOutput> {
    TRY_VOID(co_await require_stream(tx, stream));
    auto consumers = Tables(tx, stream).consumers;
    TRY(const bool exists, co_await consumers.contains(ref.key()));
    if (exists) {
      co_return errors::resource_in_use_exception(
          fmt::format("Consumer {} under stream {} already exists for account {}.", ref.name, stream.name,
                      stream.account));
    }
    TRY(const size_t count, co_await consumers.count(Key(stream.name)));
    if (std::cmp_greater_equal(count, limits::kConsumersMax)) {
      co_return errors::limit_exceeded_exception(
          fmt::format("Stream {} under account {} has {} registered consumers already.", stream.name,
                      stream.account, limits::kConsumersMax));
    }
    consumers.put(ref.key(), record);
    api::kinesis::RegisterStreamConsumerOutput out;
    out.consumer = {.consumer_name = ref.name,
                    .consumer_arn = ref.arn(),
                    .consumer_status = "CREATING",
                    .consumer_creation_timestamp = record.created};
    co_return out;
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::kinesis::DescribeStreamConsumerOutput> Consumers::describe(
    const Call& call, api::kinesis::DescribeStreamConsumerInput input) {
  TRY(const ConsumerRef ref, named(call, input));
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::DescribeStreamConsumerOutput> {
    TRY(const ConsumerRecord record, co_await require_consumer(tx, ref));
    api::kinesis::DescribeStreamConsumerOutput out;
    out.consumer_description = {.consumer_name = ref.name,
                                .consumer_arn = ref_of(ref.stream, ref.name, record).arn(),
                                .consumer_status = "ACTIVE",
                                .consumer_creation_timestamp = record.created,
                                .stream_arn = ref.stream.arn()};
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::kinesis::ListStreamConsumersOutput> Consumers::list(const Call& call,
                                                               api::kinesis::ListStreamConsumersInput input) {
  TRY(const StreamRef stream, StreamRef::of(call, {}, input.stream_arn, input.stream_id));
  const auto limit = static_cast<size_t>(input.max_results.value_or(kPage));
  store::ListOptions options{.under = Key(stream.name), .rows_max = limit};
  if (input.next_token) options.after = Key(stream.name, *input.next_token).bytes();
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::ListStreamConsumersOutput> {
    TRY_VOID(co_await require_stream(tx, stream));
    TRY(const auto page, co_await Tables(tx, stream).consumers.list(options));
    api::kinesis::ListStreamConsumersOutput out;
    out.consumers.emplace();
    for (const auto& [key, record] : page.entries) {
      TRY(auto parts, store::parse_key<std::string, std::string>(key));
      const ConsumerRef ref = ref_of(stream, std::get<1>(parts), record);
      out.consumers->push_back({.consumer_name = ref.name,
                                .consumer_arn = ref.arn(),
                                .consumer_status = "ACTIVE",
                                .consumer_creation_timestamp = record.created});
    }
    if (!page.next.empty()) out.next_token = out.consumers->back().consumer_name;
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeregisterStreamConsumer::Output> Consumers::remove(
    const Call& call, api::kinesis::DeregisterStreamConsumerInput input) {
  TRY(const ConsumerRef ref, named(call, input));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeregisterStreamConsumer::Output> {
    TRY_VOID(co_await require_consumer(tx, ref));
    Tables(tx, ref.stream).consumers.erase(ref.key());
    co_return ops::DeregisterStreamConsumer::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::kinesis
