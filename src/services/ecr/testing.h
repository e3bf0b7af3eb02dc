// For tests of this service: a store and blobs of its own, images that are pushed past the wire, a clock that
// is set.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>

#include "services/ecr/image_store.h"
#include "services/ecr/layer_store.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::ecr {

class SetClock final : public Clock {
 public:
  void set(TimePoint now) { now_ = now; }
  void pass(std::chrono::microseconds time) { now_ += time; }
  TimePoint now() const override { return now_; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }

 private:
  TimePoint now_ = from_epoch_ms(1'700'000'000'000);
};

// Everybody may do everything, and nobody has a key.
class OpenDoors final : public wire::Authorizer, public wire::CredentialSource {
 public:
  Async<void> authorize(const wire::Call&, wire::Permission) override { co_return {}; }
  Async<std::optional<wire::Credential>> find(std::string, std::string) override {
    co_return std::optional<wire::Credential>();
  }
};

class EcrTest : public ::testing::Test {
 protected:
  void SetUp() override { make(ref); }

  template <typename T>
  T run(Task<T> task) {
    return store::testing::run(loop, std::move(task));
  }
  void make(const RepositoryRef& which, RepositoryRecord record = {.mutability = "MUTABLE"}) {
    record.id = ++made_;
    auto body = [&](store::Transaction& tx) -> Async<void> {
      repositories(tx, which).put(store::Key(which.name), record);
      co_return {};
    };
    ASSERT_TRUE(run(store->transact(body)));
  }
  oci::Digest push_layer(const std::string& bytes) {
    const std::string upload = run(layers.begin(ref)).value();
    EXPECT_TRUE(run(layers.append(ref, upload, 0, io::Body(bytes))));
    const oci::Digest digest = oci::Digest::of(bytes);
    EXPECT_TRUE(run(layers.complete(ref, upload, digest)));
    return digest;
  }
  // Of one layer; its digest.
  std::string push_image(const std::string& layer, std::optional<std::string> tag = {}) {
    const auto part = [](const std::string& type, const std::string& bytes) {
      return R"({"mediaType":")" + type + R"(","digest":")" + oci::Digest::of(bytes).text() + R"(","size":)" +
             std::to_string(bytes.size()) + "}";
    };
    push_layer("{}");
    push_layer(layer);
    const std::string manifest = R"({"schemaVersion":2,"config":)" +
                                 part("application/vnd.oci.image.config.v1+json", "{}") + R"(,"layers":[)" +
                                 part("application/vnd.oci.image.layer.v1.tar", layer) + "]}";
    const Push push = Push::of(manifest, oci::media_type::kOciManifest, std::move(tag)).value();
    auto body = [&](store::Transaction& tx) -> Async<bool> {
      TRY(const RepositoryRecord record, co_await require_repository(tx, ref));
      co_return co_await put_image(tx, {ref, record}, push, clock.now());
    };
    EXPECT_TRUE(run(store->transact(body)));
    return push.digest.text();
  }
  bool has_image(const std::string& digest) {
    auto body = [&](store::Transaction& tx) -> Async<bool> {
      TRY(const RepositoryRecord record, co_await require_repository(tx, ref));
      co_return co_await Contents(tx, record.id).images.contains(store::Key(digest));
    };
    return run(store->read(body)).value();
  }
  bool has_layer(const std::string& bytes) {
    return run(layers.find(ref, oci::Digest::of(bytes))).value().has_value();
  }
  // When all has gone that nothing refers to.
  size_t files() {
    for (int i = 0; i < 3; ++i) (void)run(blobs->sweep(true));
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder.path() + "/blobs"), {}));
  }

  store::testing::TemporaryFolder folder;
  io::ThreadPool pool{1};
  io::Loop loop;
  SetClock clock;
  OpenDoors doors;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  std::unique_ptr<store::Blobs> blobs = store::Blobs::open(folder.path() + "/blobs", *store, pool).value();
  Parts parts{.store = *store,
              .blobs = *blobs,
              .authorizer = doors,
              .credentials = doors,
              .clock = clock,
              .random = system_random(),
              .passes = Passes(std::string(32, 'k'), system_random()),
              .hosts = RegistryHosts("us-east-1")};
  LayerStore layers{parts};
  RepositoryRef ref{.account = "000000000000", .region = "us-east-1", .name = "app"};

 private:
  uint64_t made_ = 0;
};

}  // namespace hearth::services::ecr
