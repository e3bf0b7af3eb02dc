#include "services/lambda/versions.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "services/lambda/code_source.h"
#include "services/lambda/managed_instances.h"
#include "services/lambda/paging.h"
#include "services/lambda/runner.h"
#include "services/lambda/settings.h"
#include "services/lambda/snap_start.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

// Whether publishing again would give the same version.
bool same_content(const VersionRecord& version, const VersionRecord& latest) {
  return version.source_description == latest.description && content_of(version) == content_of(latest);
}

}  // namespace

void Versions::mount(wire::Router& router) {
  router.on<ops::PublishVersion>(*this, &Versions::publish);
  router.on<ops::ListVersionsByFunction>(*this, &Versions::list);
}

Async<VersionRecord> publish_version(store::Transaction& tx, Parts& parts, const FunctionRef& ref,
                                     FunctionRecord& function, std::string description, bool as_latest) {
  Tables tables(tx, ref);
  const int64_t number = as_latest ? kLatestPublishedNumber : ++function.last_version;
  std::optional<VersionRecord> replaced;
  if (as_latest) {
    TRY(replaced, co_await tables.versions.get(Key(ref.name, number)));
  }
  if (replaced) release_code(tx, parts.blobs, ref, *replaced);
  VersionRecord record = function.latest;
  record.version = as_latest ? kLatestPublished : std::to_string(number);
  record.source_description = std::exchange(record.description, std::move(description));
  record.revision_id = parts.random.uuid();
  // It becomes active together with the function (activation.h).
  record.state = "Pending";
  record.state_reason = "The function is being created.";
  record.state_reason_code = "Creating";
  record.last_update_status = record.last_update_reason = record.last_update_reason_code = "";
  if (replaced) {
    // It serves all the while.
    record.state = "Active";
    record.last_update_status = "InProgress";
    record.last_update_reason = std::exchange(record.state_reason, "");
    record.last_update_reason_code = std::exchange(record.state_reason_code, "");
    if (record.coming_image) {
      record.image = replaced->image;
      record.code = replaced->code;
      record.architecture = replaced->architecture;
    }
  }
  hold_code(tx, parts.blobs, ref, record);
  tables.versions.put(Key(ref.name, number), record);
  co_return record;
}

Async<Resolved> resolve_for_read(store::Transaction& tx, FunctionRef ref) {
  if (ref.qualifier.empty()) TRY_VOID(co_await require_function(tx, ref, ref.arn()));
  co_return co_await resolve(tx, ref);
}

api::lambda::FunctionConfiguration describe_resolved(const FunctionRef& ref, const Resolved& found) {
  auto out = describe(ref, found.version, {});
  if (!ref.qualifier.empty()) out.function_arn = ref.qualified_arn();
  return out;
}

Async<api::lambda::FunctionConfiguration> Versions::publish(const wire::Call& call,
                                                            api::lambda::PublishVersionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  bool made = false;
  auto body = [&](store::Transaction& tx) -> Async<VersionRecord> {
    Tables tables(tx, ref);
    TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    const VersionRecord& latest = function.latest;
    TRY_VOID(check_publishable(latest));
    TRY_VOID(check_publish_to(input.publish_to, latest));
    if (latest.state == "Pending" || latest.last_update_status == "InProgress") {
      co_return errors::resource_conflict_exception(
          "The operation cannot be performed at this time. An update is in progress for resource: " +
          ref.arn());
    }
    TRY_VOID(check_invocable(latest));  // Failed: there is nothing to publish
    const std::string sha256 = code_sha256(latest);
    if (input.code_sha256 && *input.code_sha256 != sha256) {
      co_return errors::invalid_parameter_value_exception(fmt::format(
          "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the "
          "CodeSHA256 in $LATEST.",
          *input.code_sha256, sha256));
    }
    if (input.revision_id && *input.revision_id != latest.revision_id) {
      co_return errors::precondition_failed_exception(std::string(kRevisionMismatch));
    }
    const bool as_latest = input.publish_to.has_value();
    const int64_t last_number = as_latest ? kLatestPublishedNumber : function.last_version;
    TRY(auto last, co_await tables.versions.get(Key(ref.name, last_number)));
    const bool there = last && (as_latest || last_number != kLatestPublishedNumber);
    made = !there || !same_content(*last, latest);
    if (!made) co_return *std::move(last);
    TRY(VersionRecord published,
        co_await publish_version(tx, parts_, ref, function, input.description.value_or(latest.description),
                                 as_latest));
    const int64_t number = version_number(published.version);
    if (wants_snapshot(published)) {
      SnapStart::enqueue(tx, ref, number);
    } else {
      // Its code is in place already: nothing is left to wait for.
      published.state = "Active";
      published.state_reason = published.state_reason_code = "";
      published.last_update_status = "Successful";
      tables.versions.put(Key(ref.name, number), published);
    }
    tables.functions.put(Key(ref.name), function);
    co_return published;
  };
  TRY(const VersionRecord version, co_await parts_.store.transact(body));
  if (made && input.publish_to) parts_.executor.retire(ref.arn(), std::string(kLatestPublished));
  co_return describe(ref, version, {.qualified = true});
}

Async<api::lambda::ListVersionsByFunctionResponse> Versions::list(
    const wire::Call& call, api::lambda::ListVersionsByFunctionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListVersionsByFunctionResponse> {
    Tables tables(tx, ref);
    TRY(const FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    api::lambda::ListVersionsByFunctionResponse out;
    out.versions.emplace();
    const Describe brief{.qualified = true, .with_state = false};
    size_t room = page.size;
    if (page.after.empty()) {
      out.versions->push_back(describe(ref, function.latest, brief));
      --room;
    }
    if (room == 0) {
      // Only $LATEST was asked for; the rest begins behind a number that is none.
      if (function.last_version > 0 || function.latest.managed)
        out.next_marker = PageRequest::marker(Key(ref.name, kLatestPublishedNumber - 1).bytes());
      co_return out;
    }
    TRY(auto listing,
        co_await tables.versions.list({.under = Key(ref.name), .after = page.after, .rows_max = room}));
    for (const auto& entry : listing.entries) out.versions->push_back(describe(ref, entry.record, brief));
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::lambda
