#include "services/lambda/image_arrivals.h"

#include <algorithm>

#include "base/log.h"
#include "io/timeout.h"
#include "services/lambda/activation.h"
#include "services/lambda/code_source.h"
#include "services/lambda/image_errors.h"
#include "services/lambda/managed_instances.h"

namespace hearth::services::lambda {
namespace {

const store::Key kQueue("lambda-images");
constexpr size_t kBatch = 100;
constexpr std::chrono::seconds kPauseFirst(1);
constexpr std::chrono::seconds kPauseMax(16);

store::Key queue_key(const FunctionRef& ref) {
  return kQueue + store::Key(ref.account, ref.region, ref.name);
}

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
  tx.put(queue_key(ref).bytes(), "");
}

Task<void> ImageArrivals::run() {
  io::TaskScope scope;
  store::Watch changes = parts_.store.watch(kQueue.bytes());
  for (;;) {
    const auto begun = co_await begin_some(scope);
    if (!begun) {
      log::error("images of functions: {}", begun.error().message);
      co_await io::sleep_for(kPauseFirst);
    } else {
      co_await changes.changed();
    }
  }
}

Async<void> ImageArrivals::begin_some(io::TaskScope& scope) {
  auto list = [](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = kQueue.under(), .rows_max = kBatch});
  };
  TRY(const store::Page page, co_await parts_.store.read(list));
  for (const store::Row& row : page.rows) {
    TRY(auto parts, store::parse_key<std::string, std::string, std::string, std::string>(row.key));
    auto& [kind, account, region, name] = parts;
    FunctionRef ref{.account = account, .region = region, .name = name, .qualifier = {}};
    if (under_way_.size() >= kAtOnce || !under_way_.insert(ref.arn()).second) continue;
    scope.spawn(bring(std::move(ref)));
  }
  co_return {};
}

// Until it is done; that its row is gone then wakes those that wait for their turn.
Task<void> ImageArrivals::bring(FunctionRef ref) {
  std::chrono::seconds pause = kPauseFirst;
  for (int tries = 1;; ++tries) {
    const auto done = co_await try_once(ref, tries >= kTriesMax);
    if (done && *done) break;
    if (done) {
      tries = 0;  // another image is wanted by now
      continue;
    }
    log::warn("the image of {} is tried again: {}", ref.arn(), done.error().message);
    co_await io::sleep_for(pause);
    pause = std::min(pause * 2, kPauseMax);
  }
}

Async<bool> ImageArrivals::try_once(FunctionRef ref, bool last) {
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
  under_way_.erase(ref.arn());
  auto settled = co_await settle(ref, coming, arrived);
  // Who comes while it does not wait here may have begun with it already.
  if ((!settled || !*settled) && !under_way_.insert(ref.arn()).second) co_return true;
  co_return settled;
}

// Gives false when the function waits for another image by now.
Async<bool> ImageArrivals::settle(FunctionRef ref, const std::optional<ComingImage>& coming,
                                  const Result<ImageStore::Arrived>& arrived) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
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
      co_return false;
    tx.erase(queue_key(ref).bytes());
    if (!function || !function->latest.coming_image) co_return true;
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
    co_return true;
  };
  TRY(const bool settled, co_await parts_.store.transact(body));
  if (settled && arrived) parts_.executor.retire(ref.arn(), std::string(kLatest));
  co_return settled;
}

}  // namespace hearth::services::lambda
