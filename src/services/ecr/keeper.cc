#include "services/ecr/keeper.h"

#include "base/log.h"
#include "io/loop.h"
#include "services/ecr/image_store.h"
#include "services/ecr/layer_store.h"
#include "services/ecr/lifecycle.h"
#include "services/ecr/limits.h"

namespace hearth::services::ecr {
namespace {

using store::Key;

constexpr std::chrono::minutes kTime(1);
// Of a lifecycle policy: the service says within a day, nobody waits longer than this here.
constexpr std::chrono::minutes kEvaluationTime(10);

}  // namespace

Task<void> Keeper::run() {
  for (;;) {
    const auto looked = co_await look();
    if (!looked) log::error("repositories cannot be looked through: {}", looked.error().message);
    co_await io::sleep_for(kTime);
  }
}

Async<void> Keeper::look() {
  store::KeyRange left = Key("ecr").under();
  auto next = [&](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = left});
  };
  for (bool more = true; more;) {
    TRY(const store::Page page, co_await parts_.store.read(next));
    more = page.more;
    if (more) left.begin = store::key_after(page.rows.back().key);
    for (const store::Row& row : page.rows) {
      TRY(auto key,
          store::parse_key<std::string, std::string, std::string, std::string, std::string>(row.key));
      auto& [service, account, region, kind, name] = key;
      const RepositoryRef ref{.account = account, .region = region, .name = name};
      const auto looked = co_await look_at(ref);
      // One that has gone meanwhile has nothing left to look at.
      if (!looked && looked.error().code != "RepositoryNotFoundException") {
        log::error("{} cannot be looked through: {}", ref.arn(), looked.error().message);
      }
    }
  }
  co_return {};
}

Async<void> Keeper::look_at(RepositoryRef ref) {
  TRY_VOID(co_await expire(ref));
  co_return co_await drop_leftovers(std::move(ref));
}

// What goes is decided in the transaction that removes it: nobody gives it another tag meanwhile.
Async<void> Keeper::expire(RepositoryRef ref) {
  const TimePoint now = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<size_t> {
    TRY(RepositoryRecord repository, co_await require_repository(tx, ref));
    if (repository.lifecycle.empty()) co_return size_t{0};
    if (repository.evaluated && *repository.evaluated + kEvaluationTime > now) co_return size_t{0};
    TRY(const Lifecycle policy, Lifecycle::parse(repository.lifecycle));
    TRY(const auto entries, co_await Contents(tx, repository.id).images.all());
    std::vector<AgedImage> images;
    for (const auto& entry : entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      images.push_back({std::get<0>(std::move(key)), entry.record.tags, entry.record.pushed});
    }
    size_t removed = 0;
    for (const std::string& digest : policy.expired(std::move(images), now)) {
      TRY(auto image, co_await find_image(tx, repository.id, {.digest = digest}));
      TRY(const auto users, co_await users_of(tx, repository.id, digest));
      // What an index names goes when the index has gone.
      if (!image || !users.empty()) continue;
      TRY_VOID(co_await remove_image(tx, parts_.blobs, repository.id, *std::move(image)));
      ++removed;
    }
    repository.evaluated = now;
    repositories(tx, ref).put(Key(ref.name), repository);
    co_return removed;
  };
  TRY(const size_t removed, co_await parts_.store.transact(body));
  if (removed > 0) log::info("{} images of {} have expired", removed, ref.arn());
  co_return {};
}

Async<void> Keeper::drop_leftovers(RepositoryRef ref) {
  const TimePoint horizon = parts_.clock.now() - limits::kUploadLife;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const RepositoryRecord repository, co_await require_repository(tx, ref));
    Contents contents(tx, repository.id);
    TRY(const auto uploads, co_await contents.uploads.all());
    for (const auto& entry : uploads) {
      if (entry.record.touched > horizon) continue;
      TRY(const auto upload, store::parse_key<std::string>(entry.key));
      drop_upload(tx, parts_.blobs, repository.id, std::get<0>(upload), entry.record);
    }
    TRY(const auto layers, co_await contents.layers.all());
    for (const auto& entry : layers) {
      if (entry.record.pushed > horizon) continue;
      TRY(const auto digest, store::parse_key<std::string>(entry.key));
      TRY(const size_t users, co_await contents.uses.count(Key(std::get<0>(digest)), 1));
      if (users == 0) drop_layer(tx, parts_.blobs, repository.id, std::get<0>(digest), entry.record);
    }
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::ecr
