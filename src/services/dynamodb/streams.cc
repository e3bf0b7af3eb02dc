#include "services/dynamodb/streams.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "services/dynamodb/change_log.h"
#include "services/dynamodb/change_view.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/stream_catalog.h"
#include "services/dynamodb/table_description.h"
#include "services/dynamodb/table_streams.h"

namespace hearth::services::dynamodb {
namespace {

namespace stream_api = api::dynamodbstreams;

constexpr std::chrono::minutes kIteratorLife(15);
constexpr int32_t kPageMax = 100;
constexpr int32_t kRecordsMax = 1000;

Status check_limit(const std::optional<int32_t>& limit, int32_t most) {
  if (!limit || *limit <= most) return {};
  return fail(errors::constraint(std::to_string(*limit), "limit",
                                 "have value less than or equal to " + std::to_string(most)));
}

Error no_stream(const std::string& arn) {
  return {.code = "ResourceNotFoundException",
          .message = "Requested resource not found: Stream: " + arn + " not found"};
}

Result<StreamRef> ref_of(const std::string& arn) {
  auto ref = StreamRef::parse(arn);
  if (!ref) return fail(errors::validation("Invalid StreamArn: " + arn));
  return *std::move(ref);
}

Async<StreamRecord> require(store::Transaction& tx, StreamRef ref) {
  const std::string arn = ref.arn();
  TRY(auto stream, co_await find_stream(tx, std::move(ref)));
  if (!stream) co_return no_stream(arn);
  co_return *std::move(stream);
}

stream_api::Record told(const Change& change, const StreamRecord& stream, const std::string& region) {
  const ChangeRecord& record = change.record;
  const auto images = [](const std::string& json) {
    return json.empty() ? std::nullopt : std::optional(json);
  };
  stream_api::Record shown{
      .event_id = event_id(stream, change.stamp),
      .event_name = event_name(record.kind),
      .event_version = "1.1",
      .event_source = "aws:dynamodb",
      .aws_region = region,
      .dynamodb = stream_api::StreamRecord{
          .approximate_creation_date_time = TimePoint(
              std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(record.created_ms))),
          .keys = record.keys,
          .new_image = images(record.new_image),
          .old_image = images(record.old_image),
          .sequence_number = sequence_number(change.stamp),
          .size_bytes = static_cast<int64_t>(record.size_bytes),
          .stream_view_type = stream.view}};
  if (record.expired) {
    shown.user_identity = stream_api::Identity{.principal_id = "dynamodb.amazonaws.com", .type = "Service"};
  }
  return shown;
}

// Of what says where an iterator begins: some types need it, and others know their place.
Status check_start(std::string_view what, const std::string& type, bool needed, bool given) {
  if (needed == given) return {};
  return fail(errors::validation(fmt::format("The {} parameter is {} when ShardIteratorType is {}", what,
                                             needed ? "required" : "not allowed", type)));
}

}  // namespace

Async<std::string> Streams::resolve(const wire::Call&, std::string resource) {
  constexpr std::string_view kPart = ":iterator/";
  const size_t at = resource.find(kPart);
  if (at == std::string::npos) co_return resource;
  const auto iterator = iterators_.open(std::string_view(resource).substr(at + kPart.size()));
  co_return iterator ? iterator->stream.arn() : resource;
}

void Streams::mount(wire::Router& router) {
  router.resolve_with(stream_api::kService, *this);
  router.on<stream_api::ops::ListStreams>(*this, &Streams::list);
  router.on<stream_api::ops::DescribeStream>(*this, &Streams::describe);
  router.on<stream_api::ops::GetShardIterator>(*this, &Streams::iterator);
  router.on<stream_api::ops::GetRecords>(*this, &Streams::records);
}

Async<stream_api::ListStreamsOutput> Streams::list(const wire::Call& call,
                                                   stream_api::ListStreamsInput input) {
  TRY_VOID(check_limit(input.limit, kPageMax));
  const auto limit = static_cast<size_t>(input.limit.value_or(kPageMax));
  const store::Key prefix = streams_prefix(call.account, call.region);
  store::KeyRange range =
      input.table_name ? (prefix + store::Key(*input.table_name)).under() : prefix.under();
  if (input.exclusive_start_stream_arn) {
    TRY(const StreamRef start, ref_of(*input.exclusive_start_stream_arn));
    range.begin = store::key_after((prefix + store::Key(start.table.name, start.label)).bytes());
  }
  auto body = [&](store::Transaction& tx) -> Async<stream_api::ListStreamsOutput> {
    stream_api::ListStreamsOutput output;
    output.streams.emplace();
    if (range.empty()) co_return output;
    TRY(const store::Page page, co_await tx.scan({.range = range, .rows_max = limit}));
    for (const store::Row& row : page.rows) {
      TRY(auto names, (store::parse_key<std::string, std::string>(
                          std::string_view(row.key).substr(prefix.bytes().size()))));
      const StreamRef ref{
          .table = {.account = call.account, .region = call.region, .name = std::get<0>(names)},
          .label = std::get<1>(names)};
      output.streams->push_back(
          {.stream_arn = ref.arn(), .table_name = ref.table.name, .stream_label = ref.label});
    }
    if (page.more || page.rows.size() == limit)
      output.last_evaluated_stream_arn = output.streams->back().stream_arn;
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<stream_api::DescribeStreamOutput> Streams::describe(const wire::Call&,
                                                          stream_api::DescribeStreamInput input) {
  TRY_VOID(check_limit(input.limit, kPageMax));
  TRY(const StreamRef ref, ref_of(input.stream_arn));
  auto body = [&](store::Transaction& tx) -> Async<stream_api::DescribeStreamOutput> {
    TRY(const StreamRecord stream, co_await require(tx, ref));
    stream_api::StreamDescription told{.stream_arn = ref.arn(),
                                       .stream_label = ref.label,
                                       .stream_status = stream.ended_ms == 0 ? "ENABLED" : "DISABLED",
                                       .stream_view_type = stream.view,
                                       .creation_request_date_time = from_epoch_ms(stream.created_ms),
                                       .table_name = ref.table.name,
                                       .key_schema = elements_of<stream_api::KeySchemaElement>(stream.keys)};
    told.shards.emplace();
    stream_api::Shard shard{.shard_id = shard_id(stream),
                            .sequence_number_range = stream_api::SequenceNumberRange{
                                .starting_sequence_number = sequence_number({})}};
    if (stream.ended_ms != 0) {
      TRY(const store::Stamp end, co_await latest_change(tx, stream.number));
      shard.sequence_number_range->ending_sequence_number = sequence_number(end);
    }
    // The one shard is on the first page; it is nobody's child.
    const bool children = input.shard_filter && input.shard_filter->type == "CHILD_SHARDS";
    if (!children && (!input.exclusive_start_shard_id || *input.exclusive_start_shard_id < *shard.shard_id)) {
      told.shards->push_back(std::move(shard));
    }
    co_return stream_api::DescribeStreamOutput{.stream_description = std::move(told)};
  };
  co_return co_await parts_.store.read(body);
}

Async<stream_api::GetShardIteratorOutput> Streams::iterator(const wire::Call&,
                                                            stream_api::GetShardIteratorInput input) {
  TRY(const StreamRef ref, ref_of(input.stream_arn));
  const std::string& type = input.shard_iterator_type;
  const bool numbered = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
  TRY_VOID(check_start("SequenceNumber", type, numbered, input.sequence_number.has_value()));
  TRY_VOID(check_start("Timestamp", type, type == "AT_TIMESTAMP", input.timestamp.has_value()));
  if (input.timestamp && *input.timestamp > parts_.clock.now()) {
    co_return errors::validation("The Timestamp parameter is in the future");
  }
  auto body = [&](store::Transaction& tx) -> Async<stream_api::GetShardIteratorOutput> {
    TRY(const StreamRecord stream, co_await require(tx, ref));
    if (input.shard_id != shard_id(stream)) {
      co_return Error{.code = "ResourceNotFoundException",
                      .message = "Requested resource not found: Shard: " + input.shard_id +
                                 " in Stream: " + ref.arn() + " not found"};
    }
    ShardIterator iterator{.stream = ref, .from = {}, .made_ms = now_ms(parts_.clock)};
    if (type == "LATEST") {
      TRY(iterator.from, co_await latest_change(tx, stream.number));
    }
    if (input.timestamp) {
      TRY(iterator.from, co_await first_change_since(tx, stream.number, *input.timestamp));
    }
    if (numbered) {
      const auto stamp = parse_sequence_number(*input.sequence_number);
      if (!stamp) co_return errors::validation("Invalid SequenceNumber: " + *input.sequence_number);
      iterator.from = type == "AT_SEQUENCE_NUMBER" ? *stamp : stamp->next();
    }
    co_return stream_api::GetShardIteratorOutput{.shard_iterator = iterators_.seal(iterator)};
  };
  co_return co_await parts_.store.read(body);
}

Async<stream_api::GetRecordsOutput> Streams::records(const wire::Call&, stream_api::GetRecordsInput input) {
  const auto iterator = iterators_.open(input.shard_iterator);
  if (!iterator) co_return errors::validation("Invalid ShardIterator");
  TRY_VOID(check_limit(input.limit, kRecordsMax));
  const TimePoint now = parts_.clock.now();
  if (from_epoch_ms(iterator->made_ms) + kIteratorLife < now) {
    co_return Error{.code = "ExpiredIteratorException",
                    .message = "Iterator expired. The iterator was created more than 15 minutes ago."};
  }
  auto body = [&](store::Transaction& tx) -> Async<stream_api::GetRecordsOutput> {
    TRY(const StreamRecord stream, co_await require(tx, iterator->stream));
    TRY(const ChangePage page,
        co_await read_changes(tx, stream.number,
                              {.from = iterator->from,
                               .horizon = now - kChangesKept,
                               .records_max = static_cast<size_t>(input.limit.value_or(kRecordsMax))}));
    stream_api::GetRecordsOutput output;
    output.records.emplace();
    for (const Change& change : page.changes) {
      output.records->push_back(told(change, stream, iterator->stream.table.region));
    }
    if (page.more || stream.ended_ms == 0) {
      output.next_shard_iterator =
          iterators_.seal({.stream = iterator->stream, .from = page.next, .made_ms = now_ms(parts_.clock)});
    }
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::dynamodb
