#include "services/lambda/mappings.h"

#include <fmt/format.h>

#include "delivery/target.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/mapping_settings.h"
#include "services/lambda/paging.h"
#include "services/lambda/settings.h"
#include "services/lambda/source_queue.h"
#include "services/lambda/source_stream.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using Configuration = Mappings::Configuration;
using store::Key;

constexpr size_t kMappingsPageMax = 100;

MappingRef ref_of(const wire::Call& call, std::string uuid) {
  return {.account = call.account, .region = call.region, .uuid = std::move(uuid)};
}

Error no_function() {
  return errors::invalid_parameter_value_exception("Function does not exist");
}

Error already_there(const MappingRecord& record, const FunctionRef& function, const std::string& uuid) {
  if (record.of_stream()) {
    return errors::resource_conflict_exception(
        fmt::format("The event source arn (\" {} \") and function (\" {} \") provided mapping already "
                    "exists. Please update or delete the existing mapping with UUID {}",
                    record.source_arn, function.name, uuid));
  }
  return errors::resource_conflict_exception(fmt::format(
      "An event source mapping with SQS arn (\" {} \") and function (\" {} \") already exists. Please "
      "update or delete the existing mapping with UUID {}",
      record.source_arn, function.name, uuid));
}

// Claims the pair of source and function for a mapping.
Async<void> claim_pair(store::Transaction& tx, MappingRef ref, MappingRecord record, FunctionRef function) {
  const std::string key = mapping_of_key(ref, record);
  TRY(const auto other, co_await tx.get(key));
  if (other && *other != ref.uuid) co_return already_there(record, function, *other);
  tx.put(key, ref.uuid);
  co_return {};
}

Async<Configuration> shown(store::Transaction& tx, MappingRef ref, MappingRecord record) {
  std::optional<std::string> result;
  if (record.of_stream()) {
    TRY(result, co_await tx.get(result_key(ref.uuid), store::Isolation::kSnapshot));
  }
  co_return describe_mapping(ref, record, result.value_or(""));
}

Status check_settled(const MappingRecord& record, std::string_view verb) {
  if (record.state == "Enabled" || record.state == "Disabled") return {};
  return fail(errors::resource_in_use_exception(
      fmt::format("Cannot {} the event source mapping because it is in use.", verb)));
}

}  // namespace

void Mappings::mount(wire::Router& router) {
  router.on<ops::CreateEventSourceMapping>(*this, &Mappings::create);
  router.on<ops::GetEventSourceMapping>(*this, &Mappings::get);
  router.on<ops::ListEventSourceMappings>(*this, &Mappings::list);
  router.on<ops::UpdateEventSourceMapping>(*this, &Mappings::update);
  router.on<ops::DeleteEventSourceMapping>(*this, &Mappings::remove);
}

Async<void> Mappings::check(MappingRef ref, FunctionRef function, MappingRecord record) {
  const auto target = co_await parts_.targets.find(function);
  if (!target) {
    if (target.error().code != "ResourceNotFoundException") co_return target.error();
    co_return no_function();
  }
  const VersionRecord& version = (*target)->resolved.version;
  if (version.durable) TRY_VOID(DurableStarts::check(function, version, true));
  if (record.of_stream()) co_return co_await check_stream(parts_, ref, record, function, version.role);
  co_return co_await check_queue(function, version.role, version.timeout_seconds, record.source_arn);
}

Async<void> Mappings::check_queue(FunctionRef function, std::string role_arn, int64_t timeout_seconds,
                                  std::string queue_arn) {
  const SourceQueue queue(parts_, function, queue_arn);
  TRY_VOID(co_await queue.check_rights(role_arn));
  TRY(const int64_t visibility, co_await queue.visibility_seconds(role_arn));
  if (visibility < timeout_seconds) {
    co_return errors::invalid_parameter_value_exception(
        fmt::format("Queue visibility timeout: {} seconds is less than Function timeout: {} seconds",
                    visibility, timeout_seconds));
  }
  co_return {};
}

Async<Configuration> Mappings::create(const wire::Call& call,
                                      api::lambda::CreateEventSourceMappingRequest input) {
  TRY(const FunctionRef function, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_source(input));
  TRY_VOID(check_tags(input.tags.value_or(std::map<std::string, std::string>())));
  const MappingRef ref = ref_of(call, parts_.random.uuid());
  MappingRecord record{.source_arn = *input.event_source_arn,
                       .function_arn = function.qualified_arn(),
                       .revision = parts_.random.uuid(),
                       .modified = parts_.clock.now(),
                       .tags = input.tags.value_or(std::map<std::string, std::string>())};
  std::vector<FirstLane> lanes;
  if (is_stream(record.source_arn)) {
    if (!parts_.streams.find(record.source_arn))
      co_return wire::not_implemented("such streams as event sources");
    record.reason = "User action";
    TRY_VOID(apply_start(input, record));
  }
  TRY_VOID(apply_mapping(settings_of(input), record));
  TRY_VOID(co_await check(ref, function, record));
  if (record.of_stream()) {
    TRY(lanes, co_await first_lanes(parts_, record));
  }
  auto body = [&](store::Transaction& tx) -> Async<Configuration> {
    const auto there = co_await resolve(tx, function);
    if (!there) co_return there.error().code == "ResourceNotFoundException" ? no_function() : there.error();
    TRY_VOID(co_await claim_pair(tx, ref, record, function));
    mappings(tx).put(ref.key(), record);
    put_lanes(tx, ref, record, lanes);
    co_return describe_mapping(ref, record);
  };
  co_return co_await parts_.store.transact(body);
}

Async<Configuration> Mappings::get(const wire::Call& call, api::lambda::GetEventSourceMappingRequest input) {
  const MappingRef ref = ref_of(call, std::move(input.uuid));
  auto body = [&](store::Transaction& tx) -> Async<Configuration> {
    TRY(const MappingRecord record, co_await require_mapping(tx, ref));
    co_return co_await shown(tx, ref, record);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::ListEventSourceMappingsResponse> Mappings::list(
    const wire::Call& call, api::lambda::ListEventSourceMappingsRequest input) {
  TRY(PageRequest page, PageRequest::parse(input.marker, {}));
  page.size = std::clamp<size_t>(static_cast<size_t>(input.max_items.value_or(kMappingsPageMax)), 1,
                                 kMappingsPageMax);
  std::optional<FunctionRef> function;
  if (input.function_name) {
    TRY(function, FunctionRef::parse(call, *input.function_name));
  }
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListEventSourceMappingsResponse> {
    api::lambda::ListEventSourceMappingsResponse out;
    out.event_source_mappings.emplace();
    // Filtered here: an account has few, and pages stay full.
    for (std::string after = page.after;;) {
      TRY(auto listing,
          co_await mappings(tx).list({.under = Key(call.account, call.region), .after = after}));
      for (auto& [key, record] : listing.entries) {
        if (input.event_source_arn && record.source_arn != *input.event_source_arn) continue;
        if (function && record.function_arn != function->qualified_arn()) continue;
        if (out.event_source_mappings->size() == page.size) {
          out.next_marker = PageRequest::marker(after);
          co_return out;
        }
        TRY(auto parts, store::parse_key<std::string, std::string, std::string>(key));
        TRY(Configuration one, co_await shown(tx, ref_of(call, std::get<2>(parts)), record));
        out.event_source_mappings->push_back(std::move(one));
        after = key;
      }
      if (listing.next.empty()) co_return out;
      after = listing.next;
    }
  };
  co_return co_await parts_.store.read(body);
}

Async<Configuration> Mappings::update(const wire::Call& call,
                                      api::lambda::UpdateEventSourceMappingRequest input) {
  const MappingRef ref = ref_of(call, input.uuid);
  auto read = [&](store::Transaction& tx) -> Async<MappingRecord> {
    co_return co_await require_mapping(tx, ref);
  };
  TRY(const MappingRecord before, co_await parts_.store.read(read));
  TRY(FunctionRef function, function_of(ref, before));
  if (input.function_name) {
    TRY(function, FunctionRef::parse(call, *input.function_name));
  }
  MappingRecord after = before;
  TRY_VOID(apply_mapping(input, after));
  if (input.function_name || input.destination_config) TRY_VOID(co_await check(ref, function, after));
  auto body = [&](store::Transaction& tx) -> Async<Configuration> {
    TRY(MappingRecord record, co_await require_mapping(tx, ref));
    TRY_VOID(check_settled(record, "update"));
    const bool was_enabled = record.enabled;
    TRY_VOID(apply_mapping(input, record));
    if (input.function_name) {
      tx.erase(mapping_of_key(ref, record));
      record.function_arn = function.qualified_arn();
      TRY_VOID(co_await claim_pair(tx, ref, record, function));
    }
    record.state = record.enabled == was_enabled ? "Updating" : record.enabled ? "Enabling" : "Disabling";
    record.revision = parts_.random.uuid();
    record.modified = parts_.clock.now();
    mappings(tx).put(ref.key(), record);
    co_return co_await shown(tx, ref, record);
  };
  co_return co_await parts_.store.transact(body);
}

Async<Configuration> Mappings::remove(const wire::Call& call,
                                      api::lambda::DeleteEventSourceMappingRequest input) {
  const MappingRef ref = ref_of(call, std::move(input.uuid));
  auto body = [&](store::Transaction& tx) -> Async<Configuration> {
    TRY(MappingRecord record, co_await require_mapping(tx, ref));
    if (record.state == "Deleting") TRY_VOID(check_settled(record, "delete"));
    record.state = "Deleting";
    record.revision = parts_.random.uuid();
    mappings(tx).put(ref.key(), record);
    co_return co_await shown(tx, ref, record);
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
