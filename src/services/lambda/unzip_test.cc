// Promise: functions are strangers to each other. A package writes nothing outside its own directory.
#include "services/lambda/unzip.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/test_zip.h"
#include "store/testing.h"

namespace hearth::services::lambda {
namespace {

namespace fs = std::filesystem;

class Unzip : public ::testing::Test {
 protected:
  Unzip() { fs::create_directories(target); }

  // "ok" or the error's code.
  std::string unpack(const std::string& archive, UnzipLimits limits = {.bytes_max = 1000, .entries_max = 5}) {
    const auto bytes = unzip(archive, target, limits);
    if (!bytes) return bytes.error().code;
    unpacked = *bytes;
    return "ok";
  }
  std::string text_of(const std::string& name) {
    std::string text;
    std::getline(std::ifstream(target + "/" + name), text, '\0');
    return text;
  }
  int mode_of(const std::string& name) {
    struct stat status{};
    return stat((target + "/" + name).c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 07777) : -1;
  }
  // What is beside the directory.
  std::set<std::string> outside() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path())) names.insert(entry.path().filename());
    names.erase("target");
    return names;
  }

  store::testing::TemporaryFolder folder;
  std::string target = folder.path() + "/target";
  uint64_t unpacked = 0;
};

TEST_F(Unzip, LaysFilesAndFoldersOut) {
  EXPECT_EQ(unpack(zip_of({{.path = "main.py", .text = "main"},
                           {.path = "lib", .mode = 0700, .folder = true},
                           {.path = "lib/deep/er.py", .text = "deeper"},
                           {.path = "./dotted", .text = ""}})),
            "ok");
  EXPECT_EQ(unpacked, 10u);
  EXPECT_EQ(text_of("main.py"), "main");
  EXPECT_EQ(text_of("lib/deep/er.py"), "deeper");
  EXPECT_TRUE(fs::exists(target + "/dotted"));
}

TEST_F(Unzip, EverybodyMayReadAndNobodyElseWrite) {
  EXPECT_EQ(unpack(zip_of({{.path = "private", .text = "x", .mode = 0600},
                           {.path = "program", .text = "x", .mode = 0700},
                           {.path = "open", .text = "x", .mode = 0777},
                           {.path = "setuid", .text = "x", .mode = 06755},
                           {.path = "folder", .mode = 0700, .folder = true}})),
            "ok");
  EXPECT_EQ(mode_of("private"), 0644);
  EXPECT_EQ(mode_of("program"), 0744);
  EXPECT_EQ(mode_of("open"), 0755);
  EXPECT_EQ(mode_of("setuid"), 0755);
  EXPECT_EQ(mode_of("folder"), 0755);
}

TEST_F(Unzip, APathThatLeadsOutIsRefused) {
  const std::string absolute = folder.path() + "/absolute";
  for (const std::string path : {"../out", "a/../../out", "..", "a/..", "./../out", absolute.c_str()}) {
    EXPECT_EQ(unpack(zip_of({{.path = path, .text = "x"}})), "NotAnArchive") << path;
  }
  EXPECT_EQ(outside(), std::set<std::string>());
}

TEST_F(Unzip, NamesWithDotsAreNamesLikeOthers) {
  EXPECT_EQ(unpack(zip_of({{.path = "..a/b..c/...", .text = "x"}})), "ok");
  EXPECT_EQ(text_of("..a/b..c/..."), "x");
}

TEST_F(Unzip, ALinkIsKeptAndNothingIsWrittenThroughIt) {
  EXPECT_EQ(unpack(zip_of({{.path = "real", .text = "x"}, {.path = "link", .link_to = "real"}})), "ok");
  EXPECT_EQ(fs::read_symlink(target + "/link"), "real");
  EXPECT_NE(unpack(zip_of({{.path = "up", .link_to = ".."}, {.path = "up/out", .text = "x"}})), "ok");
  EXPECT_NE(unpack(zip_of({{.path = "abs", .link_to = folder.path()}, {.path = "abs/out", .text = "x"}})),
            "ok");
  // A file that takes the place of a link does not go where that led.
  unpack(zip_of({{.path = "one", .link_to = "../out"}, {.path = "one", .text = "x"}}));
  EXPECT_EQ(outside(), std::set<std::string>());
}

TEST_F(Unzip, OfTwoEntriesWithOneNameTheLastStays) {
  EXPECT_EQ(unpack(zip_of({{.path = "main.py", .text = "first"}, {.path = "main.py", .text = "second"}})),
            "ok");
  EXPECT_EQ(text_of("main.py"), "second");
}

TEST_F(Unzip, MoreBytesOrEntriesThanAllowedAreTooLarge) {
  const std::string archive =
      zip_of({{.path = "a", .text = std::string(600, 'a')}, {.path = "b", .text = std::string(400, 'b')}});
  EXPECT_EQ(unpack(archive), "ok");
  EXPECT_EQ(unpack(archive, {.bytes_max = 999, .entries_max = 5}), "TooLarge");
  EXPECT_EQ(unpack(archive, {.bytes_max = 1000, .entries_max = 1}), "TooLarge");
}

TEST_F(Unzip, WhatIsNoWholeArchiveIsRefused) {
  const std::string archive = zip_of({{.path = "main.py", .text = std::string(500, 'x')}});
  EXPECT_EQ(unpack("no archive"), "NotAnArchive");
  EXPECT_EQ(unpack(archive.substr(0, archive.size() / 2)), "NotAnArchive");
  std::string damaged = archive;
  damaged[archive.find("xxxx") + 50] ^= 1;  // the sum no longer fits
  EXPECT_EQ(unpack(damaged), "NotAnArchive");
  EXPECT_EQ(unpack(zip_of({})), "Empty");
}

}  // namespace
}  // namespace hearth::services::lambda
