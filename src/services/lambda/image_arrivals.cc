#include "services/lambda/image_arrivals.h"

#include "delivery/row_work.h"
#include "io/timeout.h"
#include "services/lambda/activation.h"
#include "services/lambda/code_source.h"
#include "services/lambda/image_errors.h"
#include "services/lambda/managed_instances.h"
#include "services/lambda/waiting_functions.h"

namespace hearth::services::lambda {
namespace {

const store::Key kQueue("lambda-images");

bool waits_for(const VersionRecord& version, const ComingImage& coming) {
  return version.coming_image && store::encode(*version.coming_image) == store::encode(coming);
}

void give(store::Transaction& tx, Parts& parts, const FunctionRef& ref, VersionRecord& version,
          const ImageStore::Arrived& arrived) {
  release_code(tx, parts.blobs, ref, version);
  version.architecture = version.coming_image->architecture;
  version.coming_image.reset();
  version.image = arrived.image;
  version.code = arrived.manifest;
  hold_code(tx, parts.blobs, ref, version);
}

// Of what ran before, all goes on as it was.
void give_up(VersionRecord& version, const Error& error, std::string revision) {
  version.revision_id = std::move(revision);
  version.last_update_status = "Failed";
  version.last_update_reason = told(error, version.coming_image->image.uri).message;
  version.last_update_reason_code = reason_code(error);
  if (version.state == "Pending" || version.state == "Failed") {
    version.state = "Failed";
    version.state_reason = version.last_update_reason;
    version.state_reason_code = version.last_update_reason_code;
  } else {
    version.coming_image.reset();
  }
}

}  // namespace

void ImageArrivals::enqueue(store::Transaction& tx, const FunctionRef& ref) {
  tx.put(waiting_key(kQueue, ref).bytes(), "");
}

Task<void> ImageArrivals::run() {
  return delivery::do_rows(parts_.store, parts_.clock,
                           {.what = "the image of a function",
                            .rows = kQueue,
                            .at_once = kAtOnce,
                            .work = [this](std::string key, int tries) -> Async<delivery::Progress> {
                              TRY(FunctionRef ref, waiting_function(key));
                              TRY_VOID(co_await bring(std::move(ref), tries >= kTriesMax));
                              co_return delivery::Progress::kDone;
                            }});
}

Async<void> ImageArrivals::bring(FunctionRef ref, bool last) {
  auto find = [&](store::Transaction& tx) -> Async<std::optional<ComingImage>> {
    TRY(auto function, co_await Tables(tx, ref).functions.get(store::Key(ref.name)));
    co_return function ? std::move(function->latest.coming_image) : std::nullopt;
  };
  TRY(const auto coming, co_await parts_.store.read(find));
  Result<ImageStore::Arrived> arrived = fail("ImageUnavailable", "it did not arrive in time");
  if (coming) {
    auto fetched = co_await io::with_timeout(parts_.images.fetch(*coming, {.account = ref.account,
                                                                           .region = ref.region,
                                                                           .function_arn = ref.arn(),
                                                                           .host = coming->server_host}),
                                             kFetchTimeMax);
    if (fetched) arrived = std::move(*fetched);
    if (!arrived && may_pass(arrived.error()) && !last) co_return std::move(arrived).error();
  }
  co_return co_await settle(std::move(ref), coming, arrived);
}

// Leaves its row where the function waits for another image by now.
Async<void> ImageArrivals::settle(FunctionRef ref, const std::optional<ComingImage>& coming,
                                  const Result<ImageStore::Arrived>& arrived) {
  bool changed = false;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    changed = false;
    const auto end = [&](VersionRecord& version) {
      if (arrived) {
        give(tx, parts_, ref, version, *arrived);
      } else {
        give_up(version, arrived.error(), parts_.random.uuid());
      }
    };
    Tables tables(tx, ref);
    TRY(auto function, co_await tables.functions.get(store::Key(ref.name)));
    if (function && function->latest.coming_image && !(coming && waits_for(function->latest, *coming)))
      co_return {};
    tx.erase(waiting_key(kQueue, ref).bytes());
    if (!function || !function->latest.coming_image) co_return {};
    changed = arrived.has_value();
    end(function->latest);
    tables.functions.put(store::Key(ref.name), *function);
    // A version that was published by the same request waits with it.
    for (const int64_t number : {function->last_version, kLatestPublishedNumber}) {
      const store::Key key(ref.name, number);
      TRY(auto version, co_await tables.versions.get(key));
      if (!version || !waits_for(*version, *coming) || version->state == "Failed") continue;
      end(*version);
      tables.versions.put(key, *version);
    }
    if (arrived) Activation::enqueue(tx, ref);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  if (changed) {
    for (const std::string_view name : {kLatest, kLatestPublished})
      parts_.executor.retire(ref.arn(), std::string(name));
  }
  co_return {};
}

}  // namespace hearth::services::lambda
