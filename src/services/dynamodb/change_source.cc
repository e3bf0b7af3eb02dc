#include "services/dynamodb/change_source.h"

#include <fmt/format.h>

#include "api/dynamodbstreams.h"
#include "delivery/target.h"
#include "services/dynamodb/change_log.h"
#include "services/dynamodb/change_view.h"
#include "services/dynamodb/stream_catalog.h"

namespace hearth::services::dynamodb {
namespace {

using delivery::kTargetDenied;
using delivery::kTargetMissing;
using delivery::target_error;

Async<StreamRecord> stream_at(store::Transaction& tx, std::string arn) {
  const auto ref = StreamRef::parse(arn);
  if (!ref) co_return target_error(kTargetMissing, "Stream not found: " + arn);
  TRY(auto stream, co_await find_stream(tx, *ref));
  if (!stream) co_return target_error(kTargetMissing, "Stream not found: " + arn);
  co_return *std::move(stream);
}

Async<StreamRecord> stream_with(store::Transaction& tx, std::string arn, std::string shard) {
  TRY(auto stream, co_await stream_at(tx, std::move(arn)));
  if (shard_id(stream) != shard) co_return target_error(kTargetMissing, "Shard not found: " + shard);
  co_return stream;
}

// A position is the number of the last change that was read.
store::Stamp from_position(std::string_view position) {
  const auto stamp = parse_sequence_number(position);
  return stamp ? stamp->next() : store::Stamp{};
}

std::string to_position(store::Stamp next) {
  if (next == store::Stamp{}) return {};
  return sequence_number(next.previous());
}

Result<json::object> event_of(const Change& change, const StreamRecord& stream, const std::string& arn,
                              const std::string& region) {
  const ChangeRecord& record = change.record;
  constexpr int64_t kSecondMs = 1000;
  json::object told{{"ApproximateCreationDateTime", record.created_ms / kSecondMs}};
  const auto add = [&](std::string_view name, const std::string& text) -> Status {
    if (text.empty()) return {};
    TRY_SYNC(told[name], parse_json(text));
    return {};
  };
  TRY_SYNC_VOID(add("Keys", record.keys));
  TRY_SYNC_VOID(add("NewImage", record.new_image));
  TRY_SYNC_VOID(add("OldImage", record.old_image));
  told["SequenceNumber"] = sequence_number(change.stamp);
  told["SizeBytes"] = record.size_bytes;
  told["StreamViewType"] = stream.view;
  json::object event{{"eventID", event_id(stream, change.stamp)},
                     {"eventName", event_name(record.kind)},
                     {"eventVersion", "1.1"},
                     {"eventSource", "aws:dynamodb"},
                     {"awsRegion", region},
                     {"dynamodb", std::move(told)},
                     {"eventSourceARN", arn}};
  if (record.expired)
    event["userIdentity"] = {{"principalId", "dynamodb.amazonaws.com"}, {"type", "Service"}};
  return event;
}

}  // namespace

Async<void> ChangeSource::check(delivery::Sender reader, std::string arn) {
  namespace ops = api::dynamodbstreams::ops;
  for (const wire::OperationInfo* operation : {&ops::GetRecords::kInfo, &ops::GetShardIterator::kInfo,
                                               &ops::DescribeStream::kInfo, &ops::ListStreams::kInfo}) {
    const Status allowed = co_await rights_.require(reader, *operation, arn);
    if (allowed) continue;
    if (allowed.error().code != kTargetDenied) co_return allowed.error();
    co_return target_error(
        kTargetDenied,
        fmt::format(
            "Cannot access stream {}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, and ListStreams Actions on your stream in IAM.",
            arn));
  }
  auto exists = [&](store::Transaction& tx) -> Async<void> {
    TRY_VOID(co_await stream_at(tx, arn));
    co_return {};
  };
  co_return co_await parts_.store.read(exists);
}

Async<std::vector<delivery::StreamShard>> ChangeSource::shards(std::string arn) {
  auto body = [&](store::Transaction& tx) -> Async<std::vector<delivery::StreamShard>> {
    TRY(const StreamRecord stream, co_await stream_at(tx, arn));
    co_return std::vector<delivery::StreamShard>{{.id = shard_id(stream)}};
  };
  co_return co_await parts_.store.read(body);
}

Async<std::string> ChangeSource::begin(std::string arn, std::string shard, delivery::StreamStart start) {
  auto body = [&](store::Transaction& tx) -> Async<std::string> {
    TRY(const StreamRecord stream, co_await stream_with(tx, arn, shard));
    if (start.kind == delivery::StreamStart::Kind::kOldest) co_return "";
    TRY(const store::Stamp next, co_await latest_change(tx, stream.number));
    co_return to_position(next);
  };
  co_return co_await parts_.store.read(body);
}

Async<delivery::StreamPage> ChangeSource::read(delivery::StreamRead read) {
  const auto ref = StreamRef::parse(read.arn);
  auto body = [&](store::Transaction& tx) -> Async<delivery::StreamPage> {
    TRY(const StreamRecord stream, co_await stream_with(tx, read.arn, read.shard));
    TRY(const ChangePage page, co_await read_changes(tx, stream.number,
                                                     {.from = from_position(read.position),
                                                      .horizon = parts_.clock.now() - kChangesKept,
                                                      .records_max = read.records_max,
                                                      .bytes_max = read.bytes_max,
                                                      .wants = read.wants}));
    delivery::StreamPage out{
        .position = to_position(page.next), .more = page.more, .ended = !page.more && stream.ended_ms != 0};
    for (const Change& change : page.changes) {
      TRY(auto event, event_of(change, stream, read.arn, ref->table.region));
      out.records.push_back({.sequence_number = sequence_number(change.stamp),
                             .arrived = from_epoch_ms(change.record.created_ms),
                             .event = std::move(event)});
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<store::Watch> ChangeSource::watch(std::string arn, std::string shard) {
  auto body = [&](store::Transaction& tx) -> Async<uint64_t> {
    TRY(const StreamRecord stream, co_await stream_with(tx, arn, shard));
    co_return stream.number;
  };
  TRY(const uint64_t number, co_await parts_.store.read(body));
  co_return parts_.store.watch(changes_prefix(number).bytes());
}

}  // namespace hearth::services::dynamodb
