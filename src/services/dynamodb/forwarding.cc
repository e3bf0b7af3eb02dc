#include "services/dynamodb/forwarding.h"

#include <chrono>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/log.h"
#include "services/dynamodb/change_view.h"

namespace hearth::services::dynamodb {
namespace {

using delivery::Progress;

constexpr size_t kChangesAtOnce = 100;

store::Key rows_prefix() {
  return store::Key("dynamodb.forwarding");
}

// What a change's item is told apart by, and so the shard that it goes to: 32 hex digits, as the service has
// them.
std::string partition_key(const std::string& keys) {
  std::string digits;
  for (const char byte : md5(keys)) digits += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  return digits;
}

// 8-4-4-4-12, of 32 hex digits.
std::string as_uuid(const std::string& hex) {
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

// A record as data streams have them: the stream's own, without its number and with the table's name.
std::string text_of(uint64_t number, const ForwardRecord& way, const Change& change) {
  const ChangeRecord& record = change.record;
  std::string images;
  if (!record.new_image.empty()) images += R"(,"NewImage":)" + record.new_image;
  if (!record.old_image.empty()) images += R"(,"OldImage":)" + record.old_image;
  return fmt::format(
      R"({{"awsRegion":"{}","eventID":"{}","eventName":"{}","userIdentity":{},)"
      R"("recordFormat":"application/json","tableName":"{}","dynamodb":{{"ApproximateCreationDateTime":{},)"
      R"("Keys":{}{},"SizeBytes":{}{}}},"eventSource":"aws:dynamodb"}})",
      way.region, as_uuid(event_id({.number = number}, change.stamp)), event_name(record.kind),
      record.expired ? R"({"type":"Service","principalId":"dynamodb.amazonaws.com"})" : "null", way.table,
      way.microseconds ? record.created_us : record.created_ms, record.keys, images, record.size_bytes,
      way.microseconds ? R"(,"ApproximateCreationDateTimePrecision":"MICROSECOND")" : "");
}

delivery::Sender sender_of(const ForwardRecord& way) {
  return {.service = "dynamodb.amazonaws.com",
          .arn = TableRef{.account = way.account, .region = way.region, .name = way.table}.arn(),
          .account = way.account,
          .region = way.region};
}

}  // namespace

void forward_change(store::Transaction& tx, const Table& table, ChangeRecord change, TimePoint now) {
  change.created_us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  const TableRef& ref = table.ref;
  for (const StreamDestination& destination : table.record.destinations) {
    if (!destination.active) continue;
    tx.put_stamped_key(changes_prefix(destination.number).bytes(), {}, store::encode(change));
    tx.put((rows_prefix() + store::Key(destination.number)).bytes(),
           store::encode(ForwardRecord{.account = ref.account,
                                       .region = ref.region,
                                       .table = ref.name,
                                       .stream_arn = destination.stream_arn,
                                       .microseconds = destination.microseconds}));
  }
}

Task<void> Forwarding::run() {
  return delivery::do_rows(parts_.store, parts_.clock,
                           {.what = "the forwarding of a table's changes",
                            .rows = rows_prefix(),
                            .at_once = 4,
                            .work = [this](std::string key, int) { return step(std::move(key)); }});
}

Async<Progress> Forwarding::step(std::string key) {
  TRY(const auto parsed,
      store::parse_key<uint64_t>(std::string_view(key).substr(rows_prefix().bytes().size())));
  const uint64_t number = std::get<0>(parsed);
  const store::Key waiting = changes_prefix(number);
  auto body = [&](store::Transaction& tx) -> Async<Progress> {
    TRY(const auto row, co_await tx.get(key));
    if (!row) co_return Progress::kDone;
    TRY(const auto way, store::decode<ForwardRecord>(*row));
    TRY(const ChangePage page, co_await read_changes(tx, number, {.records_max = kChangesAtOnce}));
    for (const Change& change : page.changes) {
      TRY_VOID(co_await tell(tx, number, way, change));
      tx.erase((waiting + store::Key(change.stamp)).bytes());
    }
    if (page.more) co_return Progress::kMore;
    tx.erase(key);
    co_return Progress::kDone;
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> Forwarding::tell(store::Transaction& tx, uint64_t number, const ForwardRecord& way,
                             const Change& change) {
  const delivery::Delivery record{.sender = sender_of(way),
                                  .target_arn = way.stream_arn,
                                  .body = text_of(number, way, change),
                                  .group = partition_key(change.record.keys)};
  const auto taken = co_await streams_.take(tx, record);
  if (taken || !delivery::is_final(taken.error())) co_return taken;
  log::warn("a change of {} cannot go to {}: {}", record.sender.arn, way.stream_arn, taken.error().message);
  co_return {};
}

}  // namespace hearth::services::dynamodb
