// Promise: functions are strangers to each other.
// Directories that lie over another show what the last one says, and no link leads out of them.
#include "services/lambda/merge.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/testing.h"

namespace hearth::services::lambda {
namespace {

namespace fs = std::filesystem;

class Merge : public ::testing::Test {
 protected:
  Merge() { fs::create_directories(path("merged")); }
  std::string path(const std::string& name) const { return folder.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
  }
  std::string text_of(const std::string& name) const {
    std::string text;
    std::getline(std::ifstream(path(name)), text);
    return text;
  }
  bool merge() const { return merge_directories({path("one"), path("two")}, path("merged")).has_value(); }

  store::testing::TemporaryFolder folder;
};

TEST_F(Merge, DirectoriesAreUnitedAndTheLastFileWins) {
  write("one/lib/a", "a of one");
  write("one/lib/both", "both of one");
  write("two/lib/both", "both of two");
  write("two/lib/deep/b", "b of two");
  ASSERT_TRUE(merge());
  EXPECT_EQ(text_of("merged/lib/a"), "a of one");
  EXPECT_EQ(text_of("merged/lib/both"), "both of two");
  EXPECT_EQ(text_of("merged/lib/deep/b"), "b of two");
  EXPECT_EQ(text_of("one/lib/both"), "both of one");
}

TEST_F(Merge, AFileAndADirectoryReplaceEachOther) {
  write("one/x/inside", "1");
  write("one/y", "1");
  write("two/x", "2");
  write("two/y/inside", "2");
  ASSERT_TRUE(merge());
  EXPECT_EQ(text_of("merged/x"), "2");
  EXPECT_EQ(text_of("merged/y/inside"), "2");
}

TEST_F(Merge, LinksAreTakenAsLinksAndNotFollowed) {
  write("outside/precious", "old");
  fs::create_directories(path("one"));
  fs::create_directory_symlink(path("outside"), path("one/way"));
  fs::create_symlink("elsewhere", path("one/name"));
  write("two/way/precious", "new");
  ASSERT_TRUE(merge());
  EXPECT_EQ(text_of("merged/way/precious"), "new");
  EXPECT_FALSE(fs::is_symlink(path("merged/way")));
  EXPECT_EQ(fs::read_symlink(path("merged/name")), "elsewhere");
  EXPECT_EQ(text_of("outside/precious"), "old");
}

TEST_F(Merge, ADirectoryUnderALinkThatCameLaterIsNotFollowedEither) {
  write("outside/precious", "old");
  write("one/way/precious", "new");
  fs::create_directories(path("two"));
  fs::create_directory_symlink(path("outside"), path("two/way"));
  ASSERT_TRUE(merge());
  EXPECT_TRUE(fs::is_symlink(path("merged/way")));
  EXPECT_EQ(text_of("outside/precious"), "old");
}

TEST_F(Merge, ASourceThatIsNotThereIsAnError) {
  write("one/a", "1");
  EXPECT_FALSE(merge());
}

}  // namespace
}  // namespace hearth::services::lambda
