#include "services/lambda/functions.h"

#include <fmt/format.h>

#include "services/lambda/activation.h"
#include "services/lambda/attached.h"
#include "services/lambda/claims.h"
#include "services/lambda/code_source.h"
#include "services/lambda/code_verification.h"
#include "services/lambda/destinations.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/layer_use.h"
#include "services/lambda/limits.h"
#include "services/lambda/managed_instances.h"
#include "services/lambda/paging.h"
#include "services/lambda/role_check.h"
#include "services/lambda/runner.h"
#include "services/lambda/settings.h"
#include "services/lambda/versions.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::FunctionConfiguration;
using store::Key;

void begin_creating(VersionRecord& record) {
  record.state = "Pending";
  record.state_reason = "The function is being created.";
  record.state_reason_code = "Creating";
}

// The wording is the service's, on updates as well.
void begin_updating(VersionRecord& record) {
  record.last_update_status = "InProgress";
  record.last_update_reason = "The function is being created.";
  record.last_update_reason_code = "Creating";
}

Status check_changeable(const FunctionRef& ref, const VersionRecord& latest,
                        const std::optional<std::string>& revision_id) {
  if (latest.state == "Pending" || latest.last_update_status == "InProgress") {
    return fail(errors::resource_conflict_exception(
        "The operation cannot be performed at this time. An update is in progress for resource: " +
        ref.arn()));
  }
  if (revision_id && *revision_id != latest.revision_id) {
    return fail(errors::precondition_failed_exception(std::string(kRevisionMismatch)));
  }
  return {};
}

// Functions and their versions. A page may end between two versions: its marker says behind which function to
// go on, and up to which version of the next one has been listed ($LATEST is 0).
Async<api::lambda::ListFunctionsResponse> list_all_versions(Tables& tables, const wire::Call& call,
                                                            PageRequest page) {
  constexpr int64_t kNone = -1;
  int64_t listed = kNone;
  std::string after;
  if (!page.after.empty()) {
    const auto place = store::parse_key<std::string, int64_t>(page.after);
    if (!place) co_return errors::invalid_parameter_value_exception("Invalid Marker");
    std::tie(after, listed) = *place;
  }
  api::lambda::ListFunctionsResponse out;
  out.functions.emplace();
  for (;; listed = kNone) {
    TRY(auto listing, co_await tables.functions.list({.after = after, .rows_max = 1}));
    if (listing.entries.empty()) co_return out;
    const auto& function = listing.entries.front();
    TRY(auto key, store::parse_key<std::string>(function.key));
    const FunctionRef ref{call.account, call.region, std::get<0>(key), ""};
    const auto take = [&](const VersionRecord& version, int64_t number) {
      if (number <= listed) return true;
      if (out.functions->size() == page.size) return false;
      out.functions->push_back(describe(ref, version, {.qualified = true, .with_state = false}));
      listed = number;
      return true;
    };
    bool fits = take(function.record.latest, 0);
    TRY(const auto versions, co_await tables.versions.all(Key(ref.name)));
    for (const auto& version : versions) {
      TRY(auto place, (store::parse_key<std::string, int64_t>(version.key)));
      fits = fits && take(version.record, std::get<1>(place));
    }
    if (!fits) {
      out.next_marker = PageRequest::marker(Key(after, listed).bytes());
      co_return out;
    }
    after = function.key;
  }
}

}  // namespace

void Functions::mount(wire::Router& router) {
  router.on<ops::CreateFunction>(*this, &Functions::create);
  router.on<ops::GetFunction>(*this, &Functions::get);
  router.on<ops::GetFunctionConfiguration>(*this, &Functions::get_configuration);
  router.on<ops::ListFunctions>(*this, &Functions::list);
  router.on<ops::UpdateFunctionCode>(*this, &Functions::update_code);
  router.on<ops::UpdateFunctionConfiguration>(*this, &Functions::update_configuration);
  router.on<ops::DeleteFunction>(*this, &Functions::remove);
}

Async<FunctionConfiguration> Functions::create(const wire::Call& call,
                                               api::lambda::CreateFunctionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_creatable(input));
  VersionRecord latest;
  if (input.architectures) latest.architecture = input.architectures->front();
  latest.per_tenant = input.tenancy_config.has_value();
  if (input.package_type == "Image") latest.image.emplace();
  if (input.durable_config) latest.durable.emplace();
  if (input.capacity_provider_config) {
    latest.managed.emplace();
    latest.memory_mib = kManagedMemoryMibMin;
  }
  TRY_VOID(check_tags(input.tags.value_or(std::map<std::string, std::string>())));
  TRY_VOID(apply_settings(settings_of(input), latest));
  TRY_VOID(check_publish_to(input.publish_to, latest));
  TRY_VOID(co_await check_role(parts_, call, ref, latest.role));
  TRY_VOID(co_await check_dead_letters(parts_, ref, latest.role, latest.dead_letter_arn));
  TRY_VOID(co_await authorize_layers(call, input.layers, parts_.authorizer));
  TRY(const TakenCode code,
      co_await take_function_code(parts_, call, ref, std::move(input.code), latest.architecture));
  code.put_into(latest, latest.architecture);
  TRY_VOID(co_await verify_code(parts_, call, ref,
                                {.function_name = input.function_name,
                                 .config_arn = input.code_signing_config_arn,
                                 .code = code.signature,
                                 .layers = input.layers}));
  const bool publish = input.publish || input.publish_to;
  if (publish) TRY_VOID(check_publishable(latest));
  latest.modified = parts_.clock.now();
  latest.revision_id = parts_.random.uuid();
  begin_creating(latest);

  auto body = [&](store::Transaction& tx) -> Async<FunctionConfiguration> {
    Tables tables(tx, ref);
    TRY(const bool exists, co_await tables.functions.contains(Key(ref.name)));
    if (exists) co_return errors::resource_conflict_exception("Function already exist: " + ref.name);
    FunctionRecord function{.latest = latest};
    function.id = latest.revision_id;
    TRY_VOID(co_await use_layers(tx, call, input.layers, function.latest));
    if (input.tags) function.tags = *input.tags;
    std::string shown_version(kLatest);
    if (publish) {
      TRY(const VersionRecord version, co_await publish_version(tx, parts_, ref, function, latest.description,
                                                                input.publish_to.has_value()));
      shown_version = version.version;
    }
    hold_code(tx, parts_.blobs, ref, function.latest);
    if (const auto& config = input.code_signing_config_arn) {
      TRY_VOID(co_await require_signing_config(tx, ref, *config));
      TRY_VOID(co_await use_signing_config(tx, ref, SigningConfigRef::of_arn(*config)));
    }
    tables.functions.put(Key(ref.name), function);
    begin_settling(tx, ref, function.latest);
    VersionRecord shown = function.latest;
    shown.version = shown_version;
    co_return describe(ref, shown, {.qualified = publish});
  };
  co_return co_await parts_.store.transact(body);
}

api::lambda::FunctionCodeLocation Functions::where(const wire::Call& call,
                                                   const VersionRecord& version) const {
  if (const auto& image = version.image)
    return {.repository_type = "ECR", .image_uri = image->uri, .resolved_image_uri = image->resolved_uri};
  const std::string& folder = version.live_folder;
  return {.repository_type = "S3",
          .location = folder.empty() ? links_.make(call.request, version.code) : "file://" + folder};
}

Async<api::lambda::GetFunctionResponse> Functions::get(const wire::Call& call,
                                                       api::lambda::GetFunctionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<Resolved> {
    co_return co_await resolve_for_read(tx, ref);
  };
  TRY(const Resolved found, co_await parts_.store.read(body));
  api::lambda::GetFunctionResponse out;
  out.configuration = describe_resolved(ref, found);
  out.code = where(call, as_it_is_to_be(found.version));
  if (!found.function.tags.empty()) out.tags = found.function.tags;
  if (found.function.reserved_concurrency) {
    out.concurrency = {.reserved_concurrent_executions =
                           static_cast<int32_t>(*found.function.reserved_concurrency)};
  }
  co_return out;
}

Async<FunctionConfiguration> Functions::get_configuration(
    const wire::Call& call, api::lambda::GetFunctionConfigurationRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<Resolved> {
    co_return co_await resolve_for_read(tx, ref);
  };
  TRY(const Resolved found, co_await parts_.store.read(body));
  co_return describe_resolved(ref, found);
}

Async<api::lambda::ListFunctionsResponse> Functions::list(const wire::Call& call,
                                                          api::lambda::ListFunctionsRequest input) {
  const bool all_versions = input.function_version == "ALL";
  TRY_VOID(wire::refuse_given(input.master_region, "Lambda@Edge replicas (MasterRegion)"));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListFunctionsResponse> {
    Tables tables(tx, call.account, call.region);
    if (all_versions) co_return co_await list_all_versions(tables, call, page);
    api::lambda::ListFunctionsResponse out;
    out.functions.emplace();
    TRY(auto listing, co_await tables.functions.list({.after = page.after, .rows_max = page.size}));
    for (const auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      const FunctionRef ref{call.account, call.region, std::get<0>(key), ""};
      out.functions->push_back(describe(ref, entry.record.latest, {.with_state = false}));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<FunctionConfiguration> Functions::update_code(const wire::Call& call,
                                                    api::lambda::UpdateFunctionCodeRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto exists = [&](store::Transaction& tx) -> Async<FunctionRecord> {
    co_return co_await require_function(tx, ref, ref.arn());
  };
  // Before the package is looked at: what is not there has no code to replace.
  TRY(const FunctionRecord before, co_await parts_.store.read(exists));
  TRY_VOID(check_code_update(input, before.latest));
  TRY_VOID(check_changeable(ref, before.latest, input.revision_id));
  const std::string architecture =
      input.architectures ? input.architectures->front() : before.latest.architecture;
  TRY(const TakenCode code, co_await take_function_code(parts_, call, ref, code_of(input), architecture));
  TRY_VOID(co_await verify_code(
      parts_, call, ref,
      {.function_name = input.function_name, .config_arn = {}, .code = code.signature, .layers = {}}));
  const bool publish = input.publish.value_or(false) || input.publish_to;

  auto body = [&](store::Transaction& tx) -> Async<FunctionConfiguration> {
    Tables tables(tx, ref);
    TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    VersionRecord& latest = function.latest;
    TRY_VOID(check_changeable(ref, latest, input.revision_id));
    if (latest.image.has_value() != code.image.has_value())
      co_return errors::resource_conflict_exception("The function was created anew meanwhile: " + ref.arn());
    const VersionRecord replaced = latest;
    code.put_into(latest, architecture);
    if (publish) TRY_VOID(check_publishable(latest));
    TRY_VOID(check_unzipped_size(latest));
    latest.modified = parts_.clock.now();
    latest.revision_id = parts_.random.uuid();
    if (input.dry_run.value_or(false)) co_return describe(ref, latest, {});
    begin_updating(latest);
    release_code(tx, parts_.blobs, ref, replaced);
    hold_code(tx, parts_.blobs, ref, latest);
    VersionRecord shown = latest;
    if (publish) {
      TRY(const VersionRecord version, co_await publish_version(tx, parts_, ref, function, latest.description,
                                                                input.publish_to.has_value()));
      shown.version = version.version;
    }
    tables.functions.put(Key(ref.name), function);
    begin_settling(tx, ref, function.latest);
    co_return describe(ref, shown, {.qualified = publish});
  };
  TRY(auto out, co_await parts_.store.transact(body));
  // An image is not here yet; what runs goes on until it is.
  if (!input.dry_run.value_or(false) && !code.image) {
    parts_.executor.retire(ref.arn(), std::string(kLatest));
    if (input.publish_to) parts_.executor.retire(ref.arn(), std::string(kLatestPublished));
  }
  co_return out;
}

Async<FunctionConfiguration> Functions::update_configuration(
    const wire::Call& call, api::lambda::UpdateFunctionConfigurationRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  if (input.role) TRY_VOID(co_await check_role(parts_, call, ref, *input.role));
  TRY_VOID(co_await authorize_layers(call, input.layers, parts_.authorizer));
  TRY_VOID(co_await verify_code(
      parts_, call, ref,
      {.function_name = input.function_name, .config_arn = {}, .code = {}, .layers = input.layers}));
  auto body = [&](store::Transaction& tx) -> Async<FunctionConfiguration> {
    Tables tables(tx, ref);
    TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    TRY_VOID(check_changeable(ref, function.latest, input.revision_id));
    TRY_VOID(check_invocable(function.latest));  // what has no code needs that first
    const VersionRecord replaced = function.latest;
    TRY_VOID(apply_settings(input, function.latest));
    if (input.dead_letter_config) {
      TRY_VOID(
          co_await check_dead_letters(parts_, ref, function.latest.role, function.latest.dead_letter_arn));
    }
    TRY_VOID(co_await use_layers(tx, call, input.layers, function.latest));
    if (input.layers) {
      release_code(tx, parts_.blobs, ref, replaced);
      hold_code(tx, parts_.blobs, ref, function.latest);
    }
    function.latest.modified = parts_.clock.now();
    function.latest.revision_id = parts_.random.uuid();
    begin_updating(function.latest);
    tables.functions.put(Key(ref.name), function);
    Activation::enqueue(tx, ref);
    co_return describe(ref, function.latest, {});
  };
  TRY(auto out, co_await parts_.store.transact(body));
  parts_.executor.retire(ref.arn(), std::string(kLatest));
  co_return out;
}

Async<api::lambda::DeleteFunctionResponse> Functions::remove(const wire::Call& call,
                                                             api::lambda::DeleteFunctionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  if (ref.qualifier == kLatest) {
    co_return errors::invalid_parameter_value_exception(
        "$LATEST version cannot be deleted without deleting the function.");
  }
  if (!ref.qualifier.empty() && !is_version(ref.qualifier)) {
    co_return errors::invalid_parameter_value_exception("Deletion of aliases is not currently supported.");
  }
  if (ref.qualifier.empty()) {
    TRY_VOID(co_await remove_all(ref));
    parts_.executor.retire(ref.arn());
  } else {
    TRY_VOID(co_await remove_version(ref));
    parts_.executor.retire(ref.arn(), ref.qualifier);
  }
  constexpr int32_t kNoContent = 204;
  co_return api::lambda::DeleteFunctionResponse{.status_code = kNoContent};
}

Async<void> Functions::remove_all(FunctionRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    TRY(const FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    release_code(tx, parts_.blobs, ref, function.latest);
    TRY(const auto versions, co_await tables.versions.all(Key(ref.name)));
    for (const auto& version : versions) release_code(tx, parts_.blobs, ref, version.record);
    tables.versions.erase_under(Key(ref.name));
    tables.aliases.erase_under(Key(ref.name));
    TRY_VOID(co_await erase_attached(tx, ref));
    TRY_VOID(co_await use_signing_config(tx, ref, std::nullopt));
    tables.functions.erase(Key(ref.name));
    change_claims(tx, ref, -function.reserved_concurrency.value_or(0));
    if (function.latest.durable) parts_.durable->stop_all(tx, ref, function.id);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> Functions::remove_version(FunctionRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    TRY(const FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    const Key key(ref.name, version_number(ref.qualifier));
    TRY(auto version, co_await tables.versions.get(key));
    if (!version) co_return {};  // deleting twice is no error
    TRY(const auto aliases, co_await tables.aliases.all(Key(ref.name)));
    for (const auto& alias : aliases) {
      if (alias.record.version != ref.qualifier && alias.record.extra_version != ref.qualifier) continue;
      TRY(auto name, store::parse_key<std::string, std::string>(alias.key));
      co_return errors::resource_conflict_exception(
          fmt::format("Version '{}' of function '{}' is referenced by one or more aliases: {}", ref.qualifier,
                      ref.name, std::get<1>(name)));
    }
    release_code(tx, parts_.blobs, ref, *version);
    tables.versions.erase(key);
    if (version->durable) parts_.durable->stop_all(tx, ref, function.id);
    co_return co_await erase_attached(tx, ref);
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
