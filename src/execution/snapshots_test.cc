// Promise: functions are strangers to each other.
// A snapshot belongs to one revision of one version, and goes when nothing can begin with it any more.
#include "execution/snapshots.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "io/loop.h"

namespace hearth::execution {
namespace {

namespace fs = std::filesystem;

class SnapshotFiles : public testing::Test {
 protected:
  ~SnapshotFiles() override { fs::remove_all(folder_); }

  static FunctionConfig config(const char* name, const char* version, const char* revision) {
    return {.version = version, .arn = name, .revision = revision};
  }
  std::shared_ptr<Image> image(Snapshots& snapshots, std::string text) {
    auto made = snapshots.create();
    auto write = [&]() -> Task<void> { EXPECT_TRUE(co_await made->append(std::move(text))); };
    loop_.run_until_done(write());
    return made;
  }
  void make(Snapshots& snapshots, const FunctionConfig& config, const char* text) {
    ASSERT_TRUE(snapshots.begin(config));
    snapshots.end(config, image(snapshots, text), false);
  }
  static size_t files(const fs::path& folder) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
  }

  const std::string folder_ = fs::temp_directory_path() / ("hearth-snapshots-" + std::to_string(::getpid()));
  io::Loop loop_;
};

TEST_F(SnapshotFiles, OneIsFoundForItsRevisionOnly) {
  io::ThreadPool pool{1};
  Snapshots snapshots(folder_, folder_, pool);
  make(snapshots, config("f", "1", "a"), "one");
  make(snapshots, config("f", "2", "b"), "two");
  const auto held = snapshots.find(config("f", "1", "a"));
  ASSERT_TRUE(held);
  std::string text;
  std::ifstream(held->host_folder() + "/" + Image::kFileName) >> text;
  EXPECT_EQ(text, "one");
  EXPECT_FALSE(snapshots.find(config("f", "1", "other")));
  EXPECT_FALSE(snapshots.find(config("g", "1", "a")));
  snapshots.drop("f", "1");
  EXPECT_FALSE(snapshots.find(config("f", "1", "a")));
  EXPECT_TRUE(snapshots.find(config("f", "2", "b")));
  // Whoever is about to begin with it still can.
  EXPECT_TRUE(fs::exists(held->host_folder()));
  snapshots.drop("f");
  EXPECT_FALSE(snapshots.find(config("f", "2", "b")));
}

TEST_F(SnapshotFiles, OneIsMadeOnceAndAgainOnlyWhereThatCanHelp) {
  io::ThreadPool pool{1};
  Snapshots snapshots(folder_, folder_, pool);
  const auto one = config("f", "1", "a");
  ASSERT_TRUE(snapshots.begin(one));
  EXPECT_FALSE(snapshots.begin(one)) << "it is being made";
  snapshots.end(one, nullptr, true);
  make(snapshots, one, "x");
  EXPECT_FALSE(snapshots.begin(one)) << "it is there";
  snapshots.discard(one, snapshots.find(one));
  ASSERT_TRUE(snapshots.begin(one));
  snapshots.end(one, nullptr, false);
  EXPECT_FALSE(snapshots.begin(one)) << "it is known to be impossible";
  EXPECT_TRUE(snapshots.begin(config("f", "1", "b"))) << "another revision may do better";
}

TEST_F(SnapshotFiles, OneOfARevisionThatWasReplacedMeanwhileIsNotKept) {
  io::ThreadPool pool{1};
  Snapshots snapshots(folder_, folder_, pool);
  const auto old = config("f", "1", "a");
  ASSERT_TRUE(snapshots.begin(old));
  snapshots.drop("f");
  snapshots.end(old, image(snapshots, "x"), false);
  EXPECT_FALSE(snapshots.find(old));
}

TEST_F(SnapshotFiles, NoFileStaysBehind) {
  {
    io::ThreadPool pool{1};
    Snapshots snapshots(folder_, folder_, pool);
    make(snapshots, config("f", "1", "a"), "x");
    make(snapshots, config("f", "1", "b"), "y");
    snapshots.drop("f");
  }
  EXPECT_EQ(files(folder_), 0u);
  std::ofstream(folder_ + "/left by a server that was killed") << "x";
  io::ThreadPool pool{1};
  Snapshots snapshots(folder_, folder_, pool);
  EXPECT_EQ(files(folder_), 0u);
}

}  // namespace
}  // namespace hearth::execution
