// Promise: what was acknowledged is never lost: a key has the versions that its history gives it, and bytes
// are there exactly as long as a version has them.
#include "services/s3/versions.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/clock.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::s3 {
namespace {

// The versions of one key, newest first, as plainly as they can be kept.
struct Model {
  struct Version {
    std::string id;
    std::string body;  // of markers empty
    bool marker = false;
  };
  std::vector<Version> versions;

  void forget_null() {
    std::erase_if(versions, [](const Version& version) { return version.id == kNullVersion; });
  }
  const Version* current() const {
    return versions.empty() || versions.front().marker ? nullptr : &versions.front();
  }
};

class VersionsTest : public ::testing::Test {
 protected:
  template <typename Body>
  auto transact(Body body) {
    return store::testing::run(loop, store->transact(body));
  }

  std::string put(const std::string& body) {
    return transact([&](store::Transaction& tx) -> Async<std::string> {
             io::Body bytes{std::string(body)};
             TRY(const ReceivedBody received,
                 co_await bodies.receive(bytes, 100, ChecksumKind::kCrc32,
                                         {.encryption = {.kind = EncryptionKind::kS3}}));
             Tables tables(tx);
             Versions versions(tables, bodies, system_clock(), system_random());
             TRY(const ObjectRecord object,
                 co_await versions.put(place(), {.etag = body, .body = bodies.attach(tx, received)}));
             co_return object.version;
           })
        .value();
  }
  Versions::Deleted remove(std::optional<std::string> version) {
    return transact([&](store::Transaction& tx) -> Async<Versions::Deleted> {
             Tables tables(tx);
             Versions versions(tables, bodies, system_clock(), system_random());
             if (version) co_return co_await versions.remove(place(), *version);
             co_return co_await versions.remove(place());
           })
        .value();
  }
  Place place() const { return {.bucket = bucket, .key = "k"}; }

  // What is there agrees with the model: each version by its id, the current one, and all bytes.
  void check(const Model& model) {
    const auto checked = transact([&](store::Transaction& tx) -> Async<void> {
      Tables tables(tx);
      Versions versions(tables, bodies, system_clock(), system_random());
      TRY(const auto current, co_await versions.current(place()));
      EXPECT_EQ(current.has_value(), model.current() != nullptr);
      if (current && model.current()) EXPECT_EQ(current->version, model.current()->id);
      std::set<std::string> bytes;
      for (const Model::Version& version : model.versions) {
        TRY(const auto found, co_await versions.find(place(), version.id));
        EXPECT_TRUE(found) << version.id;
        if (!found) co_return {};
        EXPECT_EQ(found->marker, version.marker);
        EXPECT_EQ(found->etag, version.body);
        if (!version.marker) bytes.insert(found->body.id);
      }
      TRY(const size_t kept, co_await tables.versions.count(store::Key(bucket.id)));
      TRY(const size_t objects, co_await tables.objects.count(store::Key(bucket.id)));
      EXPECT_EQ(kept + objects, model.versions.size());
      TRY(const auto rows, co_await tx.scan({.range = store::Key("s3-body").under()}));
      EXPECT_EQ(rows.rows.size(), bytes.size());
      co_return {};
    });
    ASSERT_TRUE(checked);
  }

  store::testing::TemporaryFolder folder;
  io::Loop loop;
  io::ThreadPool pool{1};
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  std::unique_ptr<store::Blobs> blobs = store::Blobs::open(folder.path() + "/blobs", *store, pool).value();
  Keyring keyring{std::string(32, 'k'), system_random()};
  Bodies bodies{*blobs, pool, keyring, system_random()};
  BucketRecord bucket{.id = "b", .name = "bucket"};
};

TEST_F(VersionsTest, FollowAnyHistoryOfWritesDeletesAndStates) {
  Random& random = system_random();
  const uint64_t seed = random.next();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 chance(seed);
  Model model;
  for (int step = 0; step < 400 && !HasFatalFailure() && !HasNonfatalFailure(); ++step) {
    const bool enabled = bucket.versioning == Versioning::kEnabled;
    switch (chance() % 8) {
      case 0:  // never back to the first state
        bucket.versioning = chance() % 2 ? Versioning::kEnabled : Versioning::kSuspended;
        break;
      case 1:
      case 2:
      case 3: {
        const std::string body = std::to_string(step);
        const std::string id = put(body);
        EXPECT_EQ(id == kNullVersion, !enabled);
        if (!enabled) model.forget_null();
        model.versions.insert(model.versions.begin(), {.id = id, .body = body});
        break;
      }
      case 4:
      case 5: {
        const Versions::Deleted deleted = remove(std::nullopt);
        if (!bucket.versioned()) {
          EXPECT_EQ(deleted.removed, !model.versions.empty());
          model.versions.clear();
          break;
        }
        EXPECT_TRUE(deleted.marker);
        if (!enabled) model.forget_null();
        model.versions.insert(model.versions.begin(), {.id = deleted.version, .marker = true});
        break;
      }
      default: {
        if (model.versions.empty()) break;
        const size_t at = chance() % model.versions.size();
        const Versions::Deleted deleted = remove(model.versions[at].id);
        EXPECT_TRUE(deleted.removed);
        EXPECT_EQ(deleted.marker, model.versions[at].marker);
        model.versions.erase(model.versions.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
    check(model);
  }
}

TEST_F(VersionsTest, AVersionThatIsNotThereIsNotRemoved) {
  bucket.versioning = Versioning::kEnabled;
  put("x");
  for (const char* version : {"null", "", "00000000000000000000000000000000", "nonsense"}) {
    EXPECT_FALSE(remove(version).removed) << version;
  }
}

}  // namespace
}  // namespace hearth::services::s3
