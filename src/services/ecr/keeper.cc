#include "services/ecr/keeper.h"

#include "base/log.h"
#include "io/loop.h"
#include "services/ecr/clearing.h"
#include "services/ecr/image_store.h"
#include "services/ecr/layer_store.h"
#include "services/ecr/lifecycle.h"
#include "services/ecr/limits.h"
#include "store/walk.h"

namespace hearth::services::ecr {
namespace {

using store::Key;

constexpr std::chrono::seconds kTime(20);
constexpr int kTimesBetweenLeftovers = 180;  // an hour
// Of a lifecycle policy. The service promises a day.
constexpr std::chrono::minutes kEvaluationTime(10);
constexpr size_t kImagesAtOnce = 50;  // of a transaction

bool is_due(const RepositoryRecord& repository, TimePoint now) {
  if (repository.lifecycle.empty()) return false;
  return !repository.evaluated || *repository.evaluated + kEvaluationTime <= now;
}

// Rows of this table that were written last before `horizon`, by the time in their records.
template <typename Record>
Async<std::vector<std::string>> older(store::Table<Record>& table, TimePoint Record::* time,
                                      TimePoint horizon) {
  std::vector<std::string> names;
  TRY(const auto entries, co_await table.all());
  for (const auto& entry : entries) {
    if (entry.record.*time > horizon) continue;
    TRY(auto name, store::parse_key<std::string>(entry.key));
    names.push_back(std::get<0>(std::move(name)));
  }
  co_return std::move(names);
}

struct Leftovers {
  std::vector<std::string> uploads;
  std::vector<std::string> layers;
};

Async<Leftovers> find_leftovers(store::Transaction& tx, uint64_t repository, TimePoint horizon) {
  Contents contents(tx, repository);
  Leftovers found;
  TRY(found.uploads, co_await older(contents.uploads, &UploadRecord::touched, horizon));
  TRY(const auto layers, co_await older(contents.layers, &LayerRecord::pushed, horizon));
  for (const std::string& digest : layers) {
    TRY(const size_t users, co_await contents.uses.count(Key(digest), 1));
    if (users == 0) found.layers.push_back(digest);
  }
  co_return std::move(found);
}

}  // namespace

Task<void> Keeper::run() {
  for (int times = 0;; ++times) {
    for (const Kind kind : {Kind::kImages, Kind::kLeftovers}) {
      if (kind == Kind::kLeftovers && times % kTimesBetweenLeftovers != 0) continue;
      const auto looked = co_await look(kind);
      if (!looked) log::error("repositories cannot be looked through: {}", looked.error().message);
    }
    const auto cleared = co_await clear_marked(parts_);
    if (!cleared) log::error("what was in repositories stays: {}", cleared.error().message);
    co_await io::sleep_for(kTime);
  }
}

Async<void> Keeper::look(Kind kind) {
  store::Walk walk(parts_.store, Key("ecr").under());
  for (;;) {
    TRY(const auto rows, co_await walk.next());
    if (rows.empty()) co_return {};
    for (const store::Row& row : rows) {
      store::KeyReader key(row.key);
      std::string service, of;
      RepositoryRef ref;
      for (std::string* part : {&service, &ref.account, &ref.region, &of, &ref.name})
        TRY_VOID(key.read(*part));
      TRY(RepositoryRecord record, store::decode<RepositoryRecord>(row.value));
      const auto looked = co_await look_at(kind, ref, std::move(record));
      // One that has gone meanwhile has nothing left to look at.
      if (!looked && looked.error().code != "RepositoryNotFoundException") {
        log::error("{} cannot be looked through: {}", ref.arn(), looked.error().message);
      }
    }
  }
}

Async<void> Keeper::look_at(Kind kind, RepositoryRef ref, RepositoryRecord record) {
  if (kind == Kind::kLeftovers) co_return co_await drop_leftovers(std::move(ref), record.id);
  const TimePoint now = parts_.clock.now();
  for (bool done = !is_due(record, now); !done;) {
    TRY(done, co_await expire(ref, now));
  }
  co_return {};
}

// What goes is decided in the transaction that removes it: nobody gives it another tag meanwhile.
Async<bool> Keeper::expire(RepositoryRef ref, TimePoint now) {
  size_t removed = 0;
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    removed = 0;
    TRY(RepositoryRecord repository, co_await require_repository(tx, ref));
    if (!is_due(repository, now)) co_return true;
    TRY(const Lifecycle policy, Lifecycle::parse(repository.lifecycle));
    TRY(const auto entries, co_await Contents(tx, repository.id).images.all());
    std::vector<AgedImage> images;
    for (const auto& entry : entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      images.push_back({std::get<0>(std::move(key)), entry.record.tags, entry.record.pushed});
    }
    for (const std::string& digest : policy.expired(std::move(images), now)) {
      TRY(auto image, co_await find_image(tx, repository.id, {.digest = digest}));
      TRY(const auto users, co_await users_of(tx, repository.id, digest));
      // What an index names goes when the index has gone.
      if (!image || !users.empty()) continue;
      TRY_VOID(co_await remove_image(tx, parts_.blobs, repository.id, *std::move(image)));
      if (++removed == kImagesAtOnce) co_return false;
    }
    repository.evaluated = now;
    repositories(tx, ref).put(Key(ref.name), repository);
    co_return true;
  };
  TRY(const bool done, co_await parts_.store.transact(body));
  if (removed > 0) log::info("{} images of {} have expired", removed, ref.arn());
  co_return done;
}

Async<void> Keeper::drop_leftovers(RepositoryRef ref, uint64_t repository) {
  const TimePoint horizon = parts_.clock.now() - limits::kUploadLife;
  auto look = [&](store::Transaction& tx) -> Async<Leftovers> {
    co_return co_await find_leftovers(tx, repository, horizon);
  };
  TRY(const Leftovers found, co_await parts_.store.read(look));
  if (found.uploads.empty() && found.layers.empty()) co_return {};
  auto drop = [&](store::Transaction& tx) -> Async<void> {
    TRY(const RepositoryRecord record, co_await require_repository(tx, ref));
    if (record.id != repository) co_return {};
    Contents contents(tx, repository);
    // Somebody may have gone on with them.
    for (const std::string& upload : found.uploads) {
      TRY(const auto row, co_await contents.uploads.get(Key(upload)));
      if (row && row->touched <= horizon) drop_upload(tx, parts_.blobs, repository, upload, *row);
    }
    for (const std::string& digest : found.layers) {
      TRY(const auto row, co_await contents.layers.get(Key(digest)));
      TRY(const size_t users, co_await contents.uses.count(Key(digest), 1));
      if (row && users == 0) drop_layer(tx, parts_.blobs, repository, digest, *row);
    }
    co_return {};
  };
  co_return co_await parts_.store.transact(drop);
}

}  // namespace hearth::services::ecr
