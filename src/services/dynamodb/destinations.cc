#include "services/dynamodb/destinations.h"

#include <algorithm>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/numbers.h"
#include "wire/not_implemented.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

constexpr std::string_view kMicrosecond = "MICROSECOND";

std::string precision_of(bool microseconds) {
  return microseconds ? std::string(kMicrosecond) : "MILLISECOND";
}

Error wrong_state(std::string_view verb, std::string_view why) {
  std::string text = "Table is not in a valid state to ";
  text.append(verb).append(" Kinesis Streaming Destination: ").append(why);
  return errors::validation(std::move(text));
}

// Null when the table never had that one.
StreamDestination* find(TableRecord& table, std::string_view arn) {
  const auto found = std::ranges::find(table.destinations, arn, &StreamDestination::stream_arn);
  return found == table.destinations.end() ? nullptr : &*found;
}

api::dynamodb::KinesisStreamingDestinationOutput answer(const TableRef& ref, std::string arn,
                                                        std::string status) {
  return {.table_name = ref.name, .stream_arn = std::move(arn), .destination_status = std::move(status)};
}

}  // namespace

void Destinations::mount(wire::Router& router) {
  router.on<ops::EnableKinesisStreamingDestination>(*this, &Destinations::enable);
  router.on<ops::DisableKinesisStreamingDestination>(*this, &Destinations::disable);
  router.on<ops::UpdateKinesisStreamingDestination>(*this, &Destinations::update);
  router.on<ops::DescribeKinesisStreamingDestination>(*this, &Destinations::describe);
}

Async<void> Destinations::check_stream(const Call& call, TableRef ref, std::string arn) const {
  // The service has these words for a stream that is not there, too.
  const Error refusal = errors::validation("User does not have a permission to use kinesis stream");
  const Status allowed =
      co_await parts_.authorizer.authorize(call, {.action = "kinesis:PutRecords", .resource = arn});
  if (!allowed) {
    co_return allowed.error().code == wire::access_denied(call, {}).code ? refusal : allowed.error();
  }
  delivery::Sender sender{
      .service = "dynamodb.amazonaws.com", .arn = ref.arn(), .account = ref.account, .region = ref.region};
  const Status usable = co_await streams_.check(std::move(sender), std::move(arn), {});
  if (!usable) co_return delivery::is_final(usable.error()) ? refusal : usable.error();
  co_return {};
}

Async<api::dynamodb::KinesisStreamingDestinationOutput> Destinations::enable(
    const Call& call, api::dynamodb::KinesisStreamingDestinationInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  const auto& configuration = input.enable_kinesis_streaming_configuration;
  StreamDestination asked{
      .stream_arn = input.stream_arn,
      .active = true,
      .microseconds =
          configuration && configuration->approximate_creation_date_time_precision == kMicrosecond,
      .number = new_number(parts_.random)};
  auto find_table = [&](store::Transaction& tx) -> Async<TablePtr> {
    co_return co_await parts_.catalog.require_by_name(tx, ref);
  };
  TRY_VOID(co_await parts_.store.read(find_table));
  TRY_VOID(co_await check_stream(call, ref, input.stream_arn));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    TableRecord record = table->record;
    StreamDestination* const known = find(record, input.stream_arn);
    if (known && known->active) {
      co_return wrong_state("enable",
                            "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform "
                            "ENABLE operation.");
    }
    if (known) {
      *known = asked;
    } else {
      record.destinations.push_back(asked);
    }
    tx.put(ref.key().bytes(), store::encode(record));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  auto output = answer(ref, input.stream_arn, "ENABLING");
  output.enable_kinesis_streaming_configuration = configuration;
  co_return output;
}

Async<api::dynamodb::KinesisStreamingDestinationOutput> Destinations::disable(
    const Call& call, api::dynamodb::KinesisStreamingDestinationInput input) {
  TRY_VOID(wire::refuse_given(input.enable_kinesis_streaming_configuration,
                              "EnableKinesisStreamingConfiguration"));
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    TableRecord record = table->record;
    StreamDestination* const known = find(record, input.stream_arn);
    if (!known || !known->active) {
      co_return wrong_state(
          "disable", "DisableKinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
    }
    known->active = false;
    tx.put(ref.key().bytes(), store::encode(record));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return answer(ref, input.stream_arn, "DISABLING");
}

Async<api::dynamodb::UpdateKinesisStreamingDestinationOutput> Destinations::update(
    const Call& call, api::dynamodb::UpdateKinesisStreamingDestinationInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  const auto& configuration = input.update_kinesis_streaming_configuration;
  if (!configuration || !configuration->approximate_creation_date_time_precision) {
    co_return errors::validation(
        "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration "
        "cannot be null or contain only null values");
  }
  const bool microseconds = configuration->approximate_creation_date_time_precision == kMicrosecond;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    TableRecord record = table->record;
    StreamDestination* const known = find(record, input.stream_arn);
    if (!known || !known->active) {
      co_return wrong_state("enable", "No streaming destination with streamArn: " + input.stream_arn +
                                          " found for table with tableName: " + ref.name);
    }
    if (known->microseconds == microseconds) {
      co_return errors::validation("Invalid Request: Precision is already set to the desired value of " +
                                   precision_of(microseconds) + " for tableId: " + record.id +
                                   ", kdsArn: " + input.stream_arn);
    }
    known->microseconds = microseconds;
    tx.put(ref.key().bytes(), store::encode(record));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::dynamodb::UpdateKinesisStreamingDestinationOutput{
      .table_name = ref.name,
      .stream_arn = input.stream_arn,
      .destination_status = "UPDATING",
      .update_kinesis_streaming_configuration = configuration};
}

Async<api::dynamodb::DescribeKinesisStreamingDestinationOutput> Destinations::describe(
    const Call& call, api::dynamodb::DescribeKinesisStreamingDestinationInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  auto body = [&](store::Transaction& tx) -> Async<TablePtr> {
    co_return co_await parts_.catalog.require_by_name(tx, ref);
  };
  TRY(const TablePtr table, co_await parts_.store.read(body));
  api::dynamodb::DescribeKinesisStreamingDestinationOutput output{.table_name = ref.name};
  output.kinesis_data_stream_destinations.emplace();
  for (const StreamDestination& one : table->record.destinations) {
    output.kinesis_data_stream_destinations->push_back(
        {.stream_arn = one.stream_arn,
         .destination_status = one.active ? "ACTIVE" : "DISABLED",
         .approximate_creation_date_time_precision = precision_of(one.microseconds)});
  }
  co_return output;
}

}  // namespace hearth::services::dynamodb
