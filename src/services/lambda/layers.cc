#include "services/lambda/layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/encoding.h"
#include "services/lambda/code_source.h"
#include "services/lambda/paging.h"
#include "services/lambda/runtime_names.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

bool is_runtime(const std::string& name) {
  return std::ranges::find(kRuntimes, name) != kRuntimes.end() ||
         std::ranges::find(kDeprecatedRuntimes, name) != kDeprecatedRuntimes.end();
}

Error unknown_runtime(const std::string& shown, std::string_view member) {
  return {
      .code = "ValidationException",
      .message = fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
                             "Member must satisfy enum value set: [{}]",
                             shown, member, fmt::join(kRuntimes, ", ")),
      .status = 400};
}

// Which versions a list is about.
struct Filter {
  std::optional<std::string> runtime;
  std::optional<std::string> architecture;

  static Result<Filter> parse(std::optional<std::string> runtime, std::optional<std::string> architecture) {
    if (runtime && !is_runtime(*runtime)) return fail(unknown_runtime(*runtime, "compatibleRuntime"));
    return Filter{std::move(runtime), std::move(architecture)};
  }
  bool takes(const LayerVersionRecord& record) const {
    return holds(record.runtimes, runtime) && holds(record.architectures, architecture);
  }

 private:
  static bool holds(const std::optional<std::vector<std::string>>& values,
                    const std::optional<std::string>& wanted) {
    return !wanted || (values && std::ranges::find(*values, *wanted) != values->end());
  }
};

// What the answers of all operations on a version have in common.
template <typename Out>
Out describe_as(const LayerRef& ref, const LayerVersionRecord& record) {
  Out out;
  out.layer_version_arn = ref.version_arn();
  out.version = ref.version;
  out.description = record.description;
  out.created_date = lambda_timestamp(record.created);
  out.compatible_runtimes = record.runtimes;
  out.compatible_architectures = record.architectures;
  out.license_info = record.license;
  return out;
}

template <typename Out>
Out describe_whole(const LayerRef& ref, const LayerVersionRecord& record, std::string link) {
  Out out = describe_as<Out>(ref, record);
  out.layer_arn = ref.arn();
  out.content = api::lambda::LayerVersionContentOutput{
      .location = std::move(link),
      .code_sha256 = base64_encode(record.code.sha256),
      .code_size = static_cast<int64_t>(record.code.size_bytes),
      .signing_profile_version_arn = record.signature.shown_profile_version(),
      .signing_job_arn = record.signature.shown_job()};
  return out;
}

// The newest version that the filter takes.
Async<std::optional<api::lambda::LayerVersionsListItem>> newest(Tables& tables, LayerRef ref, Filter filter) {
  std::string after;
  do {
    TRY(auto listing, co_await tables.layer_versions.list({.under = Key(ref.name),
                                                           .after = std::move(after),
                                                           .rows_max = limits::kPageMax,
                                                           .reverse = true}));
    for (const auto& entry : listing.entries) {
      if (!filter.takes(entry.record)) continue;
      TRY(auto key, store::parse_key<std::string, int64_t>(entry.key));
      ref.version = std::get<1>(key);
      co_return describe_as<api::lambda::LayerVersionsListItem>(ref, entry.record);
    }
    after = std::move(listing.next);
  } while (!after.empty());
  co_return std::optional<api::lambda::LayerVersionsListItem>();
}

}  // namespace

void Layers::mount(wire::Router& router) {
  router.on<ops::PublishLayerVersion>(*this, &Layers::publish);
  router.on<ops::GetLayerVersion>(*this, &Layers::get);
  router.on<ops::GetLayerVersionByArn>(*this, &Layers::get_by_arn);
  router.on<ops::DeleteLayerVersion>(*this, &Layers::remove);
  router.on<ops::ListLayerVersions>(*this, &Layers::list_versions);
  router.on<ops::ListLayers>(*this, &Layers::list);
}

Async<api::lambda::PublishLayerVersionResponse> Layers::publish(
    const wire::Call& call, api::lambda::PublishLayerVersionRequest input) {
  TRY(LayerRef ref, LayerRef::parse(call, input.layer_name));
  TRY_VOID(check_storage_mode(input.content.s3_object_storage_mode));
  if (input.compatible_runtimes && !std::ranges::all_of(*input.compatible_runtimes, is_runtime)) {
    co_return unknown_runtime(fmt::format("[{}]", fmt::join(*input.compatible_runtimes, ", ")),
                              "compatibleRuntimes");
  }
  TRY(const TakenPackage taken, co_await take_code(parts_, call, code_of(input.content)));
  const LayerVersionRecord record{.description = std::move(input.description),
                                  .created = parts_.clock.now(),
                                  .code = taken.package.blob.info(),
                                  .unzipped_bytes = taken.package.unzipped_bytes,
                                  .runtimes = std::move(input.compatible_runtimes),
                                  .architectures = std::move(input.compatible_architectures),
                                  .license = std::move(input.license_info),
                                  .signature = taken.signature};
  auto body = [&](store::Transaction& tx) -> Async<int64_t> {
    Tables tables(tx, ref);
    TRY(auto stored, co_await tables.layers.get(Key(ref.name)));
    LayerRecord layer = stored.value_or(LayerRecord{});
    LayerRef published = ref;
    published.version = ++layer.last_version;
    tables.layers.put(Key(ref.name), layer);
    tables.layer_versions.put(published.key(), record);
    parts_.blobs.reference(tx, record.code, published.owner());
    co_return published.version;
  };
  TRY(ref.version, co_await parts_.store.transact(body));
  co_return describe_whole<api::lambda::PublishLayerVersionResponse>(ref, record,
                                                                     links_.make(call.request, record.code));
}

Async<api::lambda::GetLayerVersionResponse> Layers::describe(const wire::Call& call, LayerRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<LayerVersionRecord>> {
    co_return co_await Tables(tx, ref).layer_versions.get(ref.key());
  };
  TRY(const auto record, co_await parts_.store.read(body));
  if (!record) co_return errors::resource_not_found_exception("The resource you requested does not exist.");
  co_return describe_whole<api::lambda::GetLayerVersionResponse>(ref, *record,
                                                                 links_.make(call.request, record->code));
}

Async<api::lambda::GetLayerVersionResponse> Layers::get(const wire::Call& call,
                                                        api::lambda::GetLayerVersionRequest input) {
  TRY(const LayerRef ref, LayerRef::parse(call, input.layer_name, input.version_number));
  co_return co_await describe(call, ref);
}

Async<api::lambda::GetLayerVersionResponse> Layers::get_by_arn(
    const wire::Call& call, api::lambda::GetLayerVersionByArnRequest input) {
  TRY(const LayerRef ref, LayerRef::parse_version_arn(call, input.arn));
  co_return co_await describe(call, ref);
}

Async<ops::DeleteLayerVersion::Output> Layers::remove(const wire::Call& call,
                                                      api::lambda::DeleteLayerVersionRequest input) {
  TRY(const LayerRef ref, LayerRef::parse(call, input.layer_name, input.version_number));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteLayerVersion::Output> {
    Tables tables(tx, ref);
    TRY(const auto record, co_await tables.layer_versions.get(ref.key()));
    if (!record) co_return ops::DeleteLayerVersion::Output{};  // deleting twice is no error
    parts_.blobs.unreference(tx, record->code.id, ref.owner());
    tables.layer_versions.erase(ref.key());
    tables.layer_policies.erase(ref.key());
    co_return ops::DeleteLayerVersion::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::ListLayerVersionsResponse> Layers::list_versions(
    const wire::Call& call, api::lambda::ListLayerVersionsRequest input) {
  TRY(const LayerRef ref, LayerRef::parse(call, input.layer_name));
  TRY(const Filter filter, Filter::parse(input.compatible_runtime, input.compatible_architecture));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListLayerVersionsResponse> {
    Tables tables(tx, ref);
    api::lambda::ListLayerVersionsResponse out;
    out.layer_versions.emplace();
    // A page of a filtered list may be shorter than asked for.
    TRY(auto listing,
        co_await tables.layer_versions.list(
            {.under = Key(ref.name), .after = page.after, .rows_max = page.size, .reverse = true}));
    for (const auto& entry : listing.entries) {
      if (!filter.takes(entry.record)) continue;
      TRY(auto key, store::parse_key<std::string, int64_t>(entry.key));
      LayerRef version = ref;
      version.version = std::get<1>(key);
      out.layer_versions->push_back(describe_as<api::lambda::LayerVersionsListItem>(version, entry.record));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::ListLayersResponse> Layers::list(const wire::Call& call,
                                                    api::lambda::ListLayersRequest input) {
  TRY(const Filter filter, Filter::parse(input.compatible_runtime, input.compatible_architecture));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListLayersResponse> {
    Tables tables(tx, call.account, call.region);
    api::lambda::ListLayersResponse out;
    out.layers.emplace();
    TRY(auto listing, co_await tables.layers.list({.after = page.after, .rows_max = page.size}));
    for (const auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      const LayerRef ref{.account = call.account, .region = call.region, .name = std::get<0>(key)};
      TRY(auto version, co_await newest(tables, ref, filter));
      if (!version) continue;  // all are deleted, or none fits
      out.layers->push_back(
          {.layer_name = ref.name, .layer_arn = ref.arn(), .latest_matching_version = *std::move(version)});
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::lambda
