// Promise: functions are strangers to each other, and to the host: an image cannot reach out of itself, fill
// the disk, or pass for another.
#include "oci/layer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/fd.h"
#include "oci/flatten.h"
#include "oci/test_tar.h"

namespace hearth::oci {
namespace {

namespace fs = std::filesystem;
using testing::tar_of;
using testing::TarEntry;

constexpr UnpackBudget kPlenty{.bytes = 64 << 20, .entries = 10'000};

Fd file_of(const std::string& bytes) {
  Fd file(::memfd_create("layer", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Layer : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "layer.XXXXXX";
    base = ::mkdtemp(name.data());
    fs::create_directory(base / "image");
    std::ofstream(base / "outside") << "untouched";
  }
  void TearDown() override { fs::remove_all(base); }

  Status unpack(const std::string& tar, const std::string& name = "image") {
    fs::create_directory(base / name);
    const Fd file = file_of(tar);
    UnpackBudget budget = kPlenty;
    return unpack_layer({.descriptor = file.get()}, Digest::of(tar), base / name, budget);
  }
  Status unpack(const std::vector<TarEntry>& entries) { return unpack(tar_of(entries)); }
  std::string code_of(const std::vector<TarEntry>& entries) {
    const Status done = unpack(entries);
    EXPECT_EQ(text_of(base / "outside"), "untouched");
    EXPECT_EQ(std::distance(fs::directory_iterator(base), {}), 2);
    return done ? "" : done.error().code;
  }
  // Layers from the lowest on, over another.
  fs::path flat(const std::vector<std::vector<TarEntry>>& layers) {
    std::vector<std::string> folders;
    for (const auto& entries : layers) {
      folders.push_back(base / ("layer" + std::to_string(folders.size())));
      const Status done = unpack(tar_of(entries), fs::path(folders.back()).filename());
      EXPECT_TRUE(done) << done.error().message;
    }
    const Status done = flatten(folders, base / "image", kPlenty);
    EXPECT_TRUE(done) << done.error().message;
    return base / "image";
  }

  fs::path base;
};

TEST_F(Layer, FilesLinksAndModesAreAsInTheArchive) {
  ASSERT_TRUE(unpack({{.path = "./", .mode = 0755, .type = AE_IFDIR},
                      {.path = "bin/", .mode = 0755, .type = AE_IFDIR},
                      {.path = "bin/run", .text = "program", .mode = 0755},
                      {.path = "bin/same", .same_as = "bin/run"},
                      {.path = "/absolute/é", .text = "below the root"},
                      {.path = "to", .type = AE_IFLNK, .link_to = "/etc/passwd"},
                      {.path = "tmp", .mode = 01777, .type = AE_IFDIR}}));
  const fs::path root = base / "image";
  EXPECT_EQ(text_of(root / "bin/run"), "program");
  EXPECT_EQ(fs::hard_link_count(root / "bin/run"), 2u);
  EXPECT_EQ(static_cast<unsigned>(fs::status(root / "bin/run").permissions()), 0755u);
  EXPECT_EQ(static_cast<unsigned>(fs::status(root / "tmp").permissions()), 01777u);
  EXPECT_EQ(text_of(root / "absolute/é"), "below the root");
  EXPECT_EQ(fs::read_symlink(root / "to"), "/etc/passwd");
  struct stat info{};
  ASSERT_EQ(::stat((root / "bin/run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mtim.tv_sec, 1'700'000'000);
}

TEST_F(Layer, NothingIsSetUidOrClosedToUsOrADevice) {
  ASSERT_TRUE(unpack({{.path = "su", .mode = 06755},
                      {.path = "secret", .mode = 0},
                      {.path = "closed", .mode = 0, .type = AE_IFDIR},
                      {.path = "closed/file", .text = "x"},
                      {.path = "disk", .mode = 0666, .type = AE_IFBLK},
                      {.path = "pipe", .mode = 0666, .type = AE_IFIFO}}));
  const fs::path root = base / "image";
  EXPECT_EQ(static_cast<unsigned>(fs::status(root / "su").permissions()), 0755u);
  EXPECT_EQ(static_cast<unsigned>(fs::status(root / "secret").permissions()), 0600u);
  EXPECT_EQ(text_of(root / "closed/file"), "x");
  EXPECT_FALSE(fs::exists(root / "disk"));
  EXPECT_FALSE(fs::exists(root / "pipe"));
}

TEST_F(Layer, NoPathLeadsOut) {
  EXPECT_EQ(code_of({{.path = "../outside", .text = "x"}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "a/../../outside", .text = "x"}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "a", .same_as = "../outside"}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "a", .same_as = base / "outside"}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "a", .same_as = "absent"}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "x/", .mode = 0755, .type = AE_IFDIR}, {.path = "a", .same_as = "x"}}),
            "LayerInvalid");
}

TEST_F(Layer, LinksOnTheWayAreFollowedInsideTheImage) {
  EXPECT_EQ(code_of({{.path = "up", .type = AE_IFLNK, .link_to = ".."}, {.path = "up/outside", .text = "x"}}),
            "");
  EXPECT_EQ(text_of(base / "image/outside"), "x");
  EXPECT_EQ(
      code_of({{.path = "abs", .type = AE_IFLNK, .link_to = base}, {.path = "abs/outside", .text = "x"}}),
      "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "loop", .type = AE_IFLNK, .link_to = "loop"}, {.path = "loop/x", .text = "x"}}),
            "LayerInvalid");
}

// A link in an entry's own place is replaced, not written through.
TEST_F(Layer, AFileReplacesALinkAndALinkReplacesAFolder) {
  EXPECT_EQ(code_of({{.path = "a", .type = AE_IFLNK, .link_to = base / "outside"},
                     {.path = "a", .text = "mine"},
                     {.path = "d/", .mode = 0755, .type = AE_IFDIR},
                     {.path = "d/x", .text = "x"},
                     {.path = "d", .type = AE_IFLNK, .link_to = base}}),
            "");
  EXPECT_EQ(text_of(base / "image/a"), "mine");
  EXPECT_TRUE(fs::is_symlink(base / "image/d"));
}

TEST_F(Layer, ItsBytesAreThoseOfItsDigest) {
  const std::string tar = tar_of({{.path = "a", .text = "x"}});
  const Fd file = file_of(tar);
  UnpackBudget budget = kPlenty;
  const Status done = unpack_layer({.descriptor = file.get()}, Digest::of("other"), base / "image", budget);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "DigestMismatch");
}

TEST_F(Layer, CompressionsAreReadAndNoOtherThanThatOfTheMediaType) {
  const std::vector<TarEntry> entries = {{.path = "a", .text = std::string(100'000, 'x')}};
  const std::string tar = tar_of(entries);
  const struct {
    Compression compression;
    std::string bytes;
  } all[] = {{Compression::kNone, tar},
             {Compression::kGzip, tar_of(entries, &archive_write_add_filter_gzip)},
             {Compression::kZstd, tar_of(entries, &archive_write_add_filter_zstd)}};
  for (const auto& given : all) {
    for (const auto& named : all) {
      const Fd file = file_of(given.bytes);
      UnpackBudget budget = kPlenty;
      const Status done = unpack_layer({.descriptor = file.get(), .compression = named.compression},
                                       Digest::of(tar), base / "image", budget);
      EXPECT_EQ(static_cast<bool>(done), &given == &named);
    }
  }
}

TEST_F(Layer, BombsEndAtTheLimits) {
  const std::string tar =
      tar_of({{.path = "a", .text = std::string(1 << 20, '\0')}, {.path = "b"}, {.path = "c"}});
  const struct {
    UnpackBudget budget;
    const char* code;
  } cases[] = {{{.bytes = 1 << 20, .entries = 3}, ""},
               {{.bytes = (1 << 20) - 1, .entries = 3}, "ImageTooLarge"},
               {{.bytes = 1 << 20, .entries = 2}, "ImageTooLarge"},
               {{.bytes = 1 << 10, .entries = 3}, "ImageTooLarge"}};
  for (auto each : cases) {
    const Fd file = file_of(tar);
    const Status done =
        unpack_layer({.descriptor = file.get()}, Digest::of(tar), base / "image", each.budget);
    EXPECT_EQ(done ? "" : done.error().code, each.code);
  }
}

// A path of a few kilobytes asks for a thousand folders.
TEST_F(Layer, FoldersThatNobodyListedCount) {
  std::string deep;
  for (int i = 0; i < 50; ++i) deep += "d/";
  const std::string tar = tar_of({{.path = deep + "a"}, {.path = "e/" + deep + "b"}});
  // The first entry has 50 folders of its own, the second 51.
  for (const auto& [entries, code] :
       {std::pair<uint64_t, std::string>(51, "ImageTooLarge"), {52, ""}, {200, ""}}) {
    const Fd file = file_of(tar);
    UnpackBudget budget{.bytes = 1 << 20, .entries = entries};
    fs::remove_all(base / "image");
    fs::create_directory(base / "image");
    const Status done = unpack_layer({.descriptor = file.get()}, Digest::of(tar), base / "image", budget);
    EXPECT_EQ(done ? "" : done.error().code, code);
    EXPECT_EQ(budget.entries, entries == 200 ? 200 - 103 : 0);
  }
}

TEST_F(Layer, WhatIsNoArchiveIsRefused) {
  EXPECT_EQ(unpack(std::string(2000, 'x')).error().code, "LayerInvalid");
  const std::string tar = tar_of({{.path = "a", .text = std::string(5000, 'x')}});
  EXPECT_EQ(unpack(tar.substr(0, 3000)).error().code, "LayerInvalid");
  EXPECT_TRUE(unpack(std::string()));  // no entries
}

TEST_F(Layer, WhiteoutsTakeAwayWhatIsBelow) {
  const fs::path root = flat({{{.path = "a/one", .text = "1"},
                               {.path = "a/two", .text = "2"},
                               {.path = "b/one", .text = "1"},
                               {.path = "c/deep/er", .text = "3"}},
                              {{.path = "a/.wh.one"},
                               {.path = "b/new", .text = "n"},
                               {.path = "b/.wh..wh..opq"},
                               {.path = ".wh.c"},
                               {.path = ".wh.absent"}}});
  EXPECT_FALSE(fs::exists(root / "a/one"));
  EXPECT_EQ(text_of(root / "a/two"), "2");
  EXPECT_FALSE(fs::exists(root / "b/one"));
  EXPECT_EQ(text_of(root / "b/new"), "n");
  EXPECT_FALSE(fs::exists(root / "c"));
  for (const auto& entry : fs::recursive_directory_iterator(root))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".wh."));
}

TEST_F(Layer, WhiteoutsOfNothingOrOutsideAreRefused) {
  EXPECT_EQ(code_of({{.path = ".wh."}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = "a/.wh..."}}), "LayerInvalid");
  EXPECT_EQ(code_of({{.path = ".wh.a/b", .text = "x"}}), "LayerInvalid");
}

TEST_F(Layer, UpperLayersWinAndLinksBelowAreNotFollowed) {
  const fs::path root = flat({{{.path = "f", .text = "low", .mode = 0755},
                               {.path = "d/x", .text = "x"},
                               {.path = "l", .type = AE_IFLNK, .link_to = base}},
                              {{.path = "f", .text = "high"},
                               {.path = "d", .text = "now a file"},
                               {.path = "l/outside", .text = "inside"}}});
  EXPECT_EQ(text_of(root / "f"), "high");
  EXPECT_EQ(text_of(root / "d"), "now a file");
  EXPECT_EQ(text_of(root / "l/outside"), "inside");
  EXPECT_EQ(text_of(base / "outside"), "untouched");
}

TEST_F(Layer, TheRootHasMountPointsWhateverTheImageHasThere) {
  const fs::path root = flat({{{.path = "proc", .type = AE_IFLNK, .link_to = base},
                               {.path = "tmp", .text = "a file"},
                               {.path = "etc/resolv.conf", .type = AE_IFLNK, .link_to = base / "outside"}}});
  for (const char* name : {"proc", "tmp", "dev", "etc"})
    EXPECT_TRUE(fs::symlink_status(root / name).type() == fs::file_type::directory) << name;
  for (const char* name : {"hosts", "resolv.conf"})
    EXPECT_TRUE(fs::symlink_status(root / "etc" / name).type() == fs::file_type::regular) << name;
  EXPECT_EQ(text_of(base / "outside"), "untouched");
}

TEST_F(Layer, FilesAreListedInsideTheImageAlone) {
  const fs::path root = flat({{{.path = "real/a", .text = "x"},
                               {.path = "real/b", .text = "x"},
                               {.path = "real/d/c", .text = "x"},
                               {.path = "opt", .type = AE_IFLNK, .link_to = "/real"},
                               {.path = "out", .type = AE_IFLNK, .link_to = base}}});
  EXPECT_EQ(files_in_root(root, "opt"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(files_in_root(root, "out"), std::vector<std::string>{});
}

}  // namespace
}  // namespace hearth::oci
