#include "services/dynamodb/time_to_live.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/index_filler.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

Status change(const api::dynamodb::TimeToLiveSpecification& asked, int64_t now, TimeToLive& ttl) {
  if (asked.enabled && ttl.enabled) return fail(errors::validation("TimeToLive is already enabled"));
  if (!asked.enabled && !ttl.enabled) return fail(errors::validation("TimeToLive is already disabled"));
  if (!asked.enabled && asked.attribute_name != ttl.attribute) {
    return fail(errors::validation(
        "TimeToLive is active on a different AttributeName: current AttributeName is " + ttl.attribute));
  }
  ttl = {.enabled = asked.enabled,
         .attribute = asked.attribute_name,
         .changed_ms = now,
         .filling = asked.enabled};
  return {};
}

}  // namespace

void TimesToLive::mount(wire::Router& router) {
  router.on<ops::UpdateTimeToLive>(*this, &TimesToLive::update);
  router.on<ops::DescribeTimeToLive>(*this, &TimesToLive::describe);
}

Async<api::dynamodb::UpdateTimeToLiveOutput> TimesToLive::update(const wire::Call& call,
                                                                 api::dynamodb::UpdateTimeToLiveInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::UpdateTimeToLiveOutput> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    TableRecord record = table->record;
    TRY_VOID(change(input.time_to_live_specification, now_ms(parts_.clock), record.ttl));
    if (record.ttl.filling) IndexFiller::ask(tx, ref);
    tx.put(ref.key().bytes(), store::encode(record));
    co_return api::dynamodb::UpdateTimeToLiveOutput{.time_to_live_specification =
                                                        input.time_to_live_specification};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::dynamodb::DescribeTimeToLiveOutput> TimesToLive::describe(
    const wire::Call& call, api::dynamodb::DescribeTimeToLiveInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::DescribeTimeToLiveOutput> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    const TimeToLive& ttl = table->record.ttl;
    api::dynamodb::TimeToLiveDescription told{.time_to_live_status = "DISABLED"};
    if (ttl.enabled)
      told = {.time_to_live_status = ttl.filling ? "ENABLING" : "ENABLED", .attribute_name = ttl.attribute};
    co_return api::dynamodb::DescribeTimeToLiveOutput{.time_to_live_description = std::move(told)};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::dynamodb
