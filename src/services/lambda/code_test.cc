// Promise: your AWS code runs unchanged.
// Whoever runs a package finds its directory; what nobody needs does not stay on the disk.
#include "services/lambda/code.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_zip.h"
#include "services/lambda/code_sweep.h"
#include "services/lambda/records.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::lambda {
namespace {

namespace fs = std::filesystem;
using store::testing::run;

std::string line_of(const std::string& path) {
  std::string text;
  std::getline(std::ifstream(path), text);
  return text;
}

class Code : public ::testing::Test {
 protected:
  std::unique_ptr<CodeStore> make() {
    return std::make_unique<CodeStore>(folder.path() + "/code", folder.path() + "/code", *blobs, pool);
  }
  store::BlobInfo accept(const std::string& text) {
    auto package = run(loop, code->accept(zip_of({{.path = "main.py", .text = text}})));
    EXPECT_TRUE(package);
    // Given an owner: a blob without one would go with the package.
    auto keep = [&](store::Transaction& tx) -> Async<void> {
      blobs->reference(tx, package->blob.info(), store::Key("owner", text));
      co_return {};
    };
    EXPECT_TRUE(run(loop, store->transact(keep)));
    return package->blob.info();
  }
  Directory directory_of(const store::BlobInfo& blob) {
    return run(loop, code->directory_of(blob)).value_or(nullptr);
  }
  std::string path_of(const store::BlobInfo& blob) { return *directory_of(blob); }
  void sweep(std::set<std::string> referenced = {}) {
    auto body = [&]() -> Task<void> { co_await code->sweep(std::move(referenced)); };
    loop.run_until_done(body());
  }

  store::testing::TemporaryFolder folder;
  io::Loop loop;
  io::ThreadPool pool{1};
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  std::unique_ptr<store::Blobs> blobs = store::Blobs::open(folder.path() + "/blobs", *store, pool).value();
  std::unique_ptr<CodeStore> code = make();
};

TEST_F(Code, AnAcceptedPackageHasADirectory) {
  EXPECT_EQ(line_of(path_of(accept("first")) + "/main.py"), "first");
}

TEST_F(Code, WhatNothingReferencesGoesAtTheSecondSweep) {
  const std::string path = path_of(accept("first"));
  sweep();
  EXPECT_TRUE(fs::exists(path + "/main.py"));
  sweep();
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::is_empty(fs::path(path).parent_path()));
}

TEST_F(Code, AReferencedDirectoryStays) {
  const std::string path = path_of(accept("first"));
  const std::string name = fs::path(path).filename();
  for (int i = 0; i < 3; ++i) sweep({name});
  EXPECT_TRUE(fs::exists(path + "/main.py"));
  // Two sweeps in a row must miss it.
  sweep();
  sweep({name});
  sweep();
  EXPECT_TRUE(fs::exists(path + "/main.py"));
}

TEST_F(Code, ADirectoryThatSomebodyUsesStays) {
  Directory in_use = directory_of(accept("first"));
  const std::string path = *in_use;
  for (int i = 0; i < 3; ++i) sweep();
  EXPECT_TRUE(fs::exists(path + "/main.py"));
  in_use.reset();
  sweep();
  EXPECT_TRUE(fs::exists(path + "/main.py"));
  sweep();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Code, AnUploadOfTheSamePackageStartsTheWaitAnew) {
  const std::string path = path_of(accept("first"));
  sweep();
  accept("first");
  sweep();
  EXPECT_TRUE(fs::exists(path + "/main.py"));
}

TEST_F(Code, ADirectoryThatWasSweptIsUnpackedAgain) {
  const store::BlobInfo blob = accept("first");
  sweep();
  sweep();
  const std::string path = path_of(blob);
  EXPECT_TRUE(fs::exists(path + "/main.py"));
}

TEST_F(Code, PackagesThatAreMergedHaveADirectoryOfTheirOwn) {
  const store::BlobInfo first = accept("first");
  const store::BlobInfo second = accept("second");
  const Directory merged = run(loop, code->merged_directory_of({first, second})).value_or(nullptr);
  ASSERT_TRUE(merged);
  EXPECT_EQ(line_of(*merged + "/main.py"), "second");
  const auto other_way = run(loop, code->merged_directory_of({second, first}));
  EXPECT_EQ(line_of(**other_way + "/main.py"), "first");
  EXPECT_EQ(*run(loop, code->merged_directory_of({first})), directory_of(first));
}

TEST_F(Code, AMergedDirectoryNeedsThoseOfItsPackagesNoMore) {
  const std::vector<store::BlobInfo> both = {accept("first"), accept("second")};
  const std::string path = **run(loop, code->merged_directory_of(both));
  for (int i = 0; i < 2; ++i) sweep({CodeStore::name_of(both)});
  EXPECT_EQ(line_of(path + "/main.py"), "second");
  for (int i = 0; i < 2; ++i) sweep();
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(line_of(**run(loop, code->merged_directory_of(both)) + "/main.py"), "second");
}

TEST_F(Code, LeftoversOfEarlierRunsGoAtTheFirstSweepAndOthersWorkStays) {
  const store::BlobInfo blob = accept("first");
  const fs::path ours = fs::path(path_of(blob)).parent_path();
  const fs::path earlier_boot = ours.parent_path() / "earlier";
  const fs::path half_done = ours / "abc.XXXXXX";
  fs::create_directories(earlier_boot / "abc");
  fs::create_directories(half_done / "sub");
  code = make();
  const fs::path under_way = ours / "def.XXXXXX";
  fs::create_directories(under_way);
  sweep();
  EXPECT_FALSE(fs::exists(earlier_boot));
  EXPECT_FALSE(fs::exists(half_done));
  EXPECT_TRUE(fs::exists(under_way));
  EXPECT_TRUE(fs::exists(path_of(blob) + "/main.py"));
}

TEST_F(Code, FunctionsAndVersionsOfAllAccountsReferenceTheirPackages) {
  auto save = [&](store::Transaction& tx) -> Async<void> {
    Tables one(tx, "111111111111", "us-east-1");
    Tables other(tx, "222222222222", "eu-west-1");
    one.functions.put(store::Key("f"), {.latest = {.code = {.id = "a", .sha256 = "\x0a"}}});
    one.aliases.put(store::Key("f", "live"), {.version = "1"});
    other.versions.put(store::Key("f", int64_t{1}),
                       {.code = {.id = "b", .sha256 = "\x0b"}, .layers = {{.code = {.sha256 = "\x0e"}}}});
    // Nobody uses this one.
    one.layer_versions.put(store::Key("l", int64_t{1}), {.code = {.sha256 = "\x0f"}});
    // A thousand more, so that there is a second page.
    for (int64_t i = 0; i < 1000; ++i) other.versions.put(store::Key("g", i), {.code = {.sha256 = "\x0c"}});
    other.versions.put(store::Key("h", int64_t{1}), {.code = {.sha256 = "\x0d"}});
    co_return {};
  };
  ASSERT_TRUE(run(loop, store->transact(save)));
  EXPECT_EQ(run(loop, referenced_code(*store)), (std::set<std::string>{"0a", "0b", "0c", "0d", "0e"}));
}

}  // namespace
}  // namespace hearth::services::lambda
