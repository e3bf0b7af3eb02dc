#include "services/s3/lifecycle_worker.h"

#include <algorithm>

#include "base/log.h"
#include "io/loop.h"
#include "services/s3/restores.h"
#include "services/s3/scan.h"
#include "services/s3/uploads.h"

namespace hearth::services::s3 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeaseTime(5000);
constexpr milliseconds kLookTimeMin(100);
constexpr int kLooksPerDay = 24;
constexpr size_t kLookedAtRows = 500;
constexpr size_t kActsPerTransaction = 25;
constexpr size_t kRequestIdDigits = 16;
constexpr std::string_view kChanged = "LifecycleChanged";  // while they were followed
constexpr std::string_view kService = "s3.amazonaws.com";

bool is_of_version(const std::optional<ObjectRecord>& record, int64_t sequence) {
  return record && record->sequence == sequence;
}

// Versions are numbered by the clock.
TimePoint written_at(int64_t sequence) {
  return TimePoint(std::chrono::microseconds(sequence));
}

}  // namespace

struct LifecycleWorker::Target {
  enum class Kind : uint8_t { kObject, kVersion, kMarker, kUpload };
  Kind kind;
  std::string key;
  std::string id;  // of the version, of the upload
  int64_t sequence = 0;
  Lifecycle::Noncurrent state = {};
};

struct LifecycleWorker::Page {
  std::vector<Target> targets;
  std::string last_key;  // where the pass goes on
  bool more = false;
};

struct LifecycleWorker::Pass {
  BucketRecord bucket;
  Lifecycles::Pointer rules;
  PassRecord record;
  TimePoint now;
  // Where it is among the versions of a key.
  struct Among {
    std::string key;
    std::optional<int64_t> newer;  // the next newer one of the key
    int64_t older_count = 0;       // so many versions that are not current have been passed
    int64_t order = 0;
  } among = {};
};

LifecycleWorker::LifecycleWorker(Parts& parts)
    : parts_(parts), lease_(parts.store, parts.clock, "s3-lifecycle", parts.random.uuid(), kLeaseTime) {}

Task<void> LifecycleWorker::run() {
  store::Watch changes = parts_.store.watch(due_space().bytes());
  const auto look_time =
      std::max(kLookTimeMin,
               std::chrono::duration_cast<milliseconds>(parts_.lifecycles.calendar().day()) / kLooksPerDay);
  for (;;) {
    const uint64_t count = changes.count();
    const auto looked = co_await look();
    if (!looked) log::error("lifecycles cannot be followed: {}", looked.error().message);
    if (looked && !*looked && changes.count() == count) {
      co_await changes.changed();
    } else {
      co_await changes.changed(parts_.clock.steady_now() + look_time);
    }
  }
}

Async<bool> LifecycleWorker::look() {
  TRY(const bool any, co_await has_work());
  if (!any) {
    TRY_VOID(co_await release());
    co_return false;
  }
  TRY(const bool ours, co_await lease_.hold());
  if (ours) {
    TRY_VOID(co_await end_restores());
    TRY_VOID(co_await pass_buckets());
  }
  co_return true;
}

Async<bool> LifecycleWorker::has_work() {
  auto body = [](store::Transaction& tx) -> Async<bool> {
    TRY(const store::Page page, co_await tx.scan({.range = due_space().under(), .rows_max = 1}));
    co_return !page.rows.empty();
  };
  co_return co_await parts_.store.read(body);
}

Async<void> LifecycleWorker::end_restores() {
  for (;;) {
    auto list = [&](store::Transaction& tx) -> Async<std::vector<RestoredKey>> {
      Tables tables(tx);
      std::vector<RestoredKey> over;
      TRY(const auto page, co_await tables.restored.list({.rows_max = kActsPerTransaction}));
      for (const auto& entry : page.entries) {
        TRY(auto key, (store::parse_key<TimePoint, std::string, std::string, std::string>(entry.key)));
        if (std::get<0>(key) > parts_.clock.now()) break;
        over.push_back(std::move(key));
      }
      co_return std::move(over);
    };
    TRY(const auto over, co_await parts_.store.read(list));
    if (over.empty()) co_return {};
    TRY(const bool ours, co_await lease_.hold());
    if (!ours) co_return {};
    auto body = [&](store::Transaction& tx) -> Async<void> {
      tx.fence(lease_.lease());
      Tables tables(tx);
      for (const RestoredKey& restored : over) {
        TRY(const auto bucket, co_await tables.buckets.get(store::Key(std::get<1>(restored))));
        const wire::Call call = call_for(bucket.value_or(BucketRecord()));
        TRY_VOID(co_await end_restore(parts_, tables, call, restored));
      }
      co_return {};
    };
    TRY_VOID(co_await parts_.store.transact(body));
  }
}

Async<void> LifecycleWorker::pass_buckets() {
  for (std::string after;;) {
    auto list = [&](store::Transaction& tx) -> Async<store::Table<LifecycleRecord>::Listing> {
      co_return co_await Tables(tx).lifecycles.list({.after = after});
    };
    TRY(const auto page, co_await parts_.store.read(list));
    for (const auto& entry : page.entries) {
      TRY(const auto name, store::parse_key<std::string>(entry.key));
      const auto passed = co_await pass_bucket(std::get<0>(name));
      // What fails in one bucket does not keep others from their turn.
      if (!passed) log::error("the lifecycle of {} stopped: {}", std::get<0>(name), passed.error().message);
    }
    if (page.next.empty()) co_return {};
    after = page.next;
  }
}

Async<std::optional<LifecycleWorker::Pass>> LifecycleWorker::begin(std::string name) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<Pass>> {
    Tables tables(tx);
    TRY(const auto lifecycle, co_await tables.lifecycles.get(store::Key(name)));
    TRY(auto bucket, co_await tables.buckets.get(store::Key(name)));
    if (!lifecycle || !bucket) co_return std::optional<Pass>();
    TRY(const auto last, co_await tables.passes.get(store::Key(name)));
    const TimePoint now = parts_.clock.now();
    Pass pass{.bucket = *std::move(bucket), .rules = {}, .record = last.value_or(PassRecord()), .now = now};
    const bool same = pass.record.revision == lifecycle->revision;
    if (same && pass.record.phase == PassPhase::kDone) {
      if (pass.record.began >= parts_.lifecycles.calendar().last_due(now)) co_return std::optional<Pass>();
    }
    if (!same || pass.record.phase == PassPhase::kDone) {
      pass.record = {.revision = lifecycle->revision, .began = now};
    }
    co_return std::optional(std::move(pass));
  };
  TRY(auto pass, co_await parts_.store.read(body));
  if (!pass) co_return std::optional<Pass>();
  TRY(pass->rules, co_await parts_.lifecycles.rules(pass->bucket.id));
  if (!pass->rules) pass.reset();
  co_return std::move(pass);
}

Async<void> LifecycleWorker::pass_bucket(std::string name) {
  TRY(auto pass, co_await begin(name));
  while (pass && pass->record.phase != PassPhase::kDone) {
    TRY(const bool ours, co_await lease_.hold());
    if (!ours) co_return {};
    const auto stepped = co_await step(*pass);
    // Its rules are others now, or the bucket has gone: that is another pass.
    if (!stepped && stepped.error().code == kChanged) co_return {};
    if (!stepped) co_return stepped.error();
    co_await io::yield_now();
  }
  co_return {};
}

Async<void> LifecycleWorker::step(Pass& pass) {
  TRY(Page found, co_await page(pass));
  for (size_t done = 0; done < found.targets.size(); done += kActsPerTransaction) {
    const auto first = found.targets.begin() + static_cast<std::ptrdiff_t>(done);
    const auto count = std::min(kActsPerTransaction, found.targets.size() - done);
    TRY_VOID(co_await act_on_all(pass, {first, first + static_cast<std::ptrdiff_t>(count)}));
  }
  if (found.more) {
    pass.record.after = std::move(found.last_key);
  } else {
    pass.record.after.clear();
    pass.record.phase = static_cast<PassPhase>(static_cast<uint8_t>(pass.record.phase) + 1);
  }
  auto keep = [&](store::Transaction& tx) -> Async<void> {
    tx.fence(lease_.lease());
    Tables tables(tx);
    TRY(const auto lifecycle, co_await tables.lifecycles.get(store::Key(pass.bucket.name)));
    if (!lifecycle) co_return {};
    tables.passes.put(store::Key(pass.bucket.name), pass.record);
    co_return {};
  };
  co_return co_await parts_.store.transact(keep);
}

Async<LifecycleWorker::Page> LifecycleWorker::page(Pass& pass) {
  auto body = [&](store::Transaction& tx) -> Async<Page> {
    Tables tables(tx);
    switch (pass.record.phase) {
      case PassPhase::kObjects:
        co_return co_await objects_page(tables, pass);
      case PassPhase::kVersions:
        if (!pass.bucket.versioned() || !pass.rules->about_versions()) co_return Page{};
        co_return co_await versions_page(tables, pass);
      case PassPhase::kUploads:
        if (!pass.rules->about_uploads()) co_return Page{};
        co_return co_await uploads_page(tables, pass);
      case PassPhase::kDone:
        break;
    }
    co_return Page{};
  };
  co_return co_await parts_.store.read(body);
}

Async<LifecycleWorker::Page> LifecycleWorker::objects_page(Tables& tables, const Pass& pass) {
  KeyScan scan(tables.tx, "s3-object", pass.bucket.id, "");
  if (!pass.record.after.empty()) scan.seek_behind(pass.record.after, 0);
  Page page;
  for (size_t rows = 0; rows < kLookedAtRows; ++rows) {
    TRY(const KeyScan::Row* row, co_await scan.peek());
    if (!row) co_return std::move(page);
    const auto expiry = pass.rules->expiry(row->key, row->record);
    if ((expiry && expiry->at <= pass.now) || pass.rules->next_class(row->key, row->record, pass.now)) {
      page.targets.push_back({.kind = Target::Kind::kObject,
                              .key = row->key,
                              .id = row->record.version,
                              .sequence = row->record.sequence});
    }
    page.last_key = row->key;
    scan.next();
  }
  page.more = true;
  co_return std::move(page);
}

// What is kept of how far this has come is the last key that is done with; within a key only this pass knows.
Async<LifecycleWorker::Page> LifecycleWorker::versions_page(Tables& tables, Pass& pass) {
  KeyScan scan(tables.tx, "s3-version", pass.bucket.id, "");
  Pass::Among& among = pass.among;
  if (!among.key.empty()) {
    scan.seek_behind(among.key, among.order);
  } else if (!pass.record.after.empty()) {
    scan.seek_behind(pass.record.after, INT64_MAX);
  }
  Page page{.last_key = pass.record.after};
  for (size_t rows = 0; rows < kLookedAtRows; ++rows) {
    TRY(const KeyScan::Row* next, co_await scan.peek());
    if (!next) co_return std::move(page);
    const KeyScan::Row row = *next;
    scan.next();
    TRY(const KeyScan::Row* below, co_await scan.peek());
    const bool first = row.key != among.key;
    if (first) {
      page.last_key = among.key.empty() ? page.last_key : among.key;
      TRY(const auto current, co_await tables.objects.get(store::Key(pass.bucket.id, row.key)));
      among = {.key = row.key};
      if (current) among.newer = current->sequence;
    }
    const ObjectRecord& record = row.record;
    Target target{
        .kind = Target::Kind::kVersion, .key = row.key, .id = record.version, .sequence = record.sequence};
    if (among.newer) {
      target.state = {.since = written_at(*among.newer), .newer = among.older_count++};
      const bool locked = is_locked(record.head.lock, pass.now);
      const bool due = (!locked && pass.rules->expires(row.key, record, target.state, pass.now)) ||
                       pass.rules->next_class(row.key, record, target.state, pass.now);
      if (due) page.targets.push_back(std::move(target));
    } else if (record.marker && (!below || below->key != row.key) &&
               pass.rules->marker_expires(row.key, record, pass.now)) {
      target.kind = Target::Kind::kMarker;
      page.targets.push_back(std::move(target));
    }
    among.newer = record.sequence;
    among.order = row.order;
  }
  page.more = true;
  co_return std::move(page);
}

Async<LifecycleWorker::Page> LifecycleWorker::uploads_page(Tables& tables, const Pass& pass) {
  TRY(const auto listing,
      co_await tables.uploads.list(
          {.under = store::Key(pass.bucket.id), .after = pass.record.after, .rows_max = kLookedAtRows}));
  Page page{.last_key = listing.next, .more = !listing.next.empty()};
  for (const auto& entry : listing.entries) {
    TRY(auto key, (store::parse_key<std::string, std::string, std::string>(entry.key)));
    const auto due = pass.rules->abort(std::get<1>(key), entry.record.initiated);
    if (!due || due->at > pass.now) continue;
    page.targets.push_back(
        {.kind = Target::Kind::kUpload, .key = std::move(std::get<1>(key)), .id = entry.record.id});
  }
  co_return std::move(page);
}

Async<void> LifecycleWorker::act_on_all(const Pass& pass, std::vector<Target> targets) {
  const auto ends_pass = [](const Error& error) {
    return error.code == kChanged || error.code == "StoreFenced";
  };
  const auto acted = co_await act(pass, targets);
  if (acted || ends_pass(acted.error())) co_return acted;
  // Objects of very many parts may be too much for one transaction.
  for (Target& target : targets) {
    const std::string key = target.key;
    const auto done = co_await act(pass, {std::move(target)});
    if (!done && ends_pass(done.error())) co_return done;
    if (!done) {
      log::error("the lifecycle of {} leaves {}: {}", pass.bucket.name, key, done.error().message);
    }
  }
  co_return {};
}

Async<void> LifecycleWorker::act(const Pass& pass, std::vector<Target> targets) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.fence(lease_.lease());
    Tables tables(tx);
    // No rule acts that is not there any more.
    TRY(const auto lifecycle, co_await tables.lifecycles.get(store::Key(pass.bucket.name)));
    if (!lifecycle || lifecycle->revision != pass.record.revision) {
      co_return Error{.code = std::string(kChanged), .message = "the bucket has other rules now"};
    }
    // Versioning may be another now.
    TRY(const auto bucket, co_await tables.buckets.get(store::Key(pass.bucket.name)));
    if (!bucket || bucket->versioning != pass.bucket.versioning) {
      co_return Error{.code = std::string(kChanged), .message = "the bucket is another now"};
    }
    for (const Target& target : targets) TRY_VOID(co_await act_on(tables, pass, target));
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> LifecycleWorker::act_on(Tables& tables, const Pass& pass, const Target& target) {
  Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
  switch (target.kind) {
    case Target::Kind::kObject:
      co_return co_await act_on_object(versions, tables, pass, target);
    case Target::Kind::kVersion:
      co_return co_await act_on_version(versions, tables, pass, target);
    case Target::Kind::kMarker:
      co_return co_await act_on_marker(versions, tables, pass, target);
    case Target::Kind::kUpload:
      co_return co_await act_on_upload(tables, pass, target);
  }
  co_return {};
}

Async<void> LifecycleWorker::act_on_object(Versions& versions, Tables& tables, const Pass& pass,
                                           const Target& target) {
  const BucketRecord& bucket = pass.bucket;
  const Place place{.bucket = bucket, .key = target.key};
  TRY(auto object, co_await versions.current(place));
  if (!is_of_version(object, target.sequence)) co_return {};
  const auto expiry = pass.rules->expiry(target.key, *object);
  if (expiry && expiry->at <= pass.now) {
    TRY(const Versions::Deleted deleted, co_await versions.remove(place));
    co_return co_await tell(
        tables, bucket,
        {.name = deleted.marker ? "LifecycleExpiration:DeleteMarkerCreated" : "LifecycleExpiration:Delete",
         .key = target.key,
         .version = deleted.version,
         .sequence = deleted.sequence});
  }
  const auto next = pass.rules->next_class(target.key, *object, pass.now);
  if (!next) co_return {};
  object->head.storage_class = *next;
  object->head.restored_until.reset();
  versions.replace(place, *object, true);
  co_return co_await tell(tables, bucket,
                          {.name = "LifecycleTransition",
                           .key = target.key,
                           .object = &*object,
                           .version = object->version,
                           .sequence = object->sequence});
}

Async<void> LifecycleWorker::act_on_version(Versions& versions, Tables& tables, const Pass& pass,
                                            const Target& target) {
  const BucketRecord& bucket = pass.bucket;
  const Place place{.bucket = bucket, .key = target.key};
  TRY(const auto newest, co_await versions.newest(place));
  TRY(auto version, co_await versions.find(place, target.id));
  if (!is_of_version(version, target.sequence) || newest->sequence == target.sequence) co_return {};
  const bool locked = is_locked(version->head.lock, parts_.clock.now());
  if (!locked && pass.rules->expires(target.key, *version, target.state, pass.now)) {
    TRY(const Versions::Deleted deleted, co_await versions.remove(place, target.id));
    co_return co_await tell(tables, bucket,
                            {.name = "LifecycleExpiration:Delete",
                             .key = target.key,
                             .version = deleted.version,
                             .sequence = deleted.sequence});
  }
  const auto next = pass.rules->next_class(target.key, *version, target.state, pass.now);
  if (!next) co_return {};
  version->head.storage_class = *next;
  version->head.restored_until.reset();
  versions.replace(place, *version, false);
  co_return co_await tell(tables, bucket,
                          {.name = "LifecycleTransition",
                           .key = target.key,
                           .object = &*version,
                           .version = version->version,
                           .sequence = version->sequence});
}

Async<void> LifecycleWorker::act_on_marker(Versions& versions, Tables& tables, const Pass& pass,
                                           const Target& target) {
  const Place place{.bucket = pass.bucket, .key = target.key};
  TRY(const auto newest, co_await versions.newest(place));
  if (!is_of_version(newest, target.sequence)) co_return {};
  TRY(const size_t count, co_await tables.versions.count(place.in_table(), 2));
  if (count != 1) co_return {};
  TRY(const Versions::Deleted deleted, co_await versions.remove(place, target.id));
  co_return co_await tell(tables, pass.bucket,
                          {.name = "LifecycleExpiration:Delete",
                           .key = target.key,
                           .version = deleted.version,
                           .sequence = deleted.sequence});
}

Async<void> LifecycleWorker::act_on_upload(Tables& tables, const Pass& pass, const Target& target) {
  const store::Key in_table(pass.bucket.id, target.key, target.id);
  TRY(const auto upload, co_await tables.uploads.get(in_table));
  if (!upload) co_return {};
  co_return co_await end_upload(tables, parts_.bodies, in_table, target.id, {});
}

Async<void> LifecycleWorker::tell(Tables& tables, const BucketRecord& bucket, ObjectEvent event) {
  const wire::Call call = call_for(bucket);
  if (!bucket.versioned()) event.version.clear();
  co_return co_await parts_.notifications.tell(tables.tx, call, bucket, std::move(event));
}

wire::Call LifecycleWorker::call_for(const BucketRecord& bucket) const {
  std::string id = parts_.random.hex(kRequestIdDigits);
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::toupper(c); });
  return {.account = bucket.account,
          .region = bucket.region,
          .request_id = std::move(id),
          .identity = {.account = bucket.account, .service = std::string(kService)},
          .clock = &parts_.clock,
          .received_at = parts_.clock.now(),
          .source_ip = std::string(kService)};
}

}  // namespace hearth::services::s3
