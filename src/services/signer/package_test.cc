// Promise: only trusted code is deployed: what a signature covers is all that an extraction gives, whatever
// an archive says.
#include "services/signer/package.h"

#include <gtest/gtest.h>

#include "base/test_zip.h"
#include "services/signer/signature.h"

namespace hearth::services::signer {
namespace {

const std::vector<ZipEntry> kPackage = {{.path = "app.py", .text = "def handler(e, c): pass\n"},
                                        {.path = "bin/", .folder = true},
                                        {.path = "bin/tool", .text = "#!/bin/sh\n", .mode = 0755},
                                        {.path = "link", .link_to = "app.py"}};

std::string with(ZipEntry entry) {
  auto entries = kPackage;
  entries.push_back(std::move(entry));
  return zip_of(entries);
}
std::string contents(const std::string& archive) {
  const auto hash = contents_of(archive);
  return hash ? *hash : hash.error().code;
}
std::string code_of(const std::string& archive) {
  const auto hash = contents_of(archive);
  return hash ? "" : hash.error().code;
}

TEST(Package, HasTheContentsThatItIsSignedWith) {
  std::string told;
  const auto out = with_signature(zip_of(kPackage), [&](std::string contents) {
    told = std::move(contents);
    return std::string("the signature");
  });
  ASSERT_TRUE(out);
  EXPECT_EQ(told.size(), 48U);
  EXPECT_EQ(contents(*out), told);
  EXPECT_EQ(contents(zip_of(kPackage)), told);
  EXPECT_EQ(signature_of(*out)->value(), "the signature");
  EXPECT_FALSE(signature_of(zip_of(kPackage))->has_value());
}

TEST(Package, IsSignedAnewInPlaceOfBefore) {
  const auto first = with_signature(zip_of(kPackage), [](std::string) { return std::string("first"); });
  const auto second = with_signature(*first, [](std::string) { return std::string("second"); });
  ASSERT_TRUE(second);
  EXPECT_EQ(signature_of(*second)->value(), "second");
  EXPECT_EQ(contents(*second), contents(*first));
}

TEST(Package, OrderMakesNoDifference) {
  auto turned = kPackage;
  std::ranges::reverse(turned);
  EXPECT_EQ(contents(zip_of(turned)), contents(zip_of(kPackage)));
}

TEST(Package, EverythingElseDoes) {
  const std::string before = contents(zip_of(kPackage));
  const auto changed = [&](size_t index, auto change) {
    auto entries = kPackage;
    change(entries[index]);
    return contents(zip_of(entries));
  };
  std::set<std::string> all = {before};
  all.insert(changed(0, [](ZipEntry& entry) { entry.text[0] = 'D'; }));
  all.insert(changed(0, [](ZipEntry& entry) { entry.text.clear(); }));
  all.insert(changed(0, [](ZipEntry& entry) { entry.path = "App.py"; }));
  all.insert(changed(0, [](ZipEntry& entry) { entry.mode = 0755; }));
  all.insert(changed(3, [](ZipEntry& entry) { entry.link_to = "bin"; }));
  all.insert(changed(3, [](ZipEntry& entry) { entry = {.path = "link", .text = "app.py"}; }));
  all.insert(contents(with({.path = "more", .text = ""})));
  all.insert(contents(with({.path = "empty/", .folder = true})));
  all.insert(contents(zip_of({kPackage[0], kPackage[1], kPackage[2]})));
  EXPECT_EQ(all.size(), 10U);
  for (const std::string& each : all) EXPECT_EQ(each.size(), 48U) << each;
}

TEST(Package, HasEachPathOnceAndInOneSpelling) {
  EXPECT_EQ(code_of(with({.path = "app.py", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "./app.py", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "bin/../app.py", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "bin//tool", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "bin/./tool", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "/app.py", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "../app.py", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "app\n.py", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "bin", .text = "evil"})), "BadEntry");
}

// What comes of it would depend on the order.
TEST(Package, NothingLiesInAFileOrALink) {
  EXPECT_EQ(code_of(with({.path = "app.py/more", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "link/more", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "bin/more", .text = "good"})), "");
  EXPECT_EQ(code_of(with({.path = std::string(kSignaturePath) + "/more", .text = "evil"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "META-INF", .link_to = "bin"})), "BadEntry");
  EXPECT_EQ(code_of(with({.path = "META-INF/", .folder = true})), "");
}

// Only one file may be outside of what is signed.
TEST(Package, HasOneSignature) {
  const std::string path(kSignaturePath);
  EXPECT_EQ(code_of(with({.path = path, .text = "x"})), "");
  EXPECT_EQ(contents(with({.path = path, .text = "x"})), contents(zip_of(kPackage)));
  auto two = kPackage;
  two.push_back({.path = path, .text = "x"});
  two.push_back({.path = path, .text = "y"});
  EXPECT_EQ(code_of(zip_of(two)), "BadEntry");
  EXPECT_NE(contents(with({.path = path + "2", .text = "x"})), contents(zip_of(kPackage)));
  EXPECT_EQ(signature_of(with({.path = path, .link_to = "app.py"}))->value(), "");
  EXPECT_EQ(signature_of(with({.path = path, .text = std::string(5000, 'x')}))->value(), "");
}

TEST(Package, OfToolsThatWriteDotsIsSignedWithoutThem) {
  const auto out = with_signature(zip_of({{.path = "./app.py", .text = "x"}}),
                                  [](std::string) { return std::string("s"); });
  ASSERT_TRUE(out);
  EXPECT_EQ(contents(*out), contents(zip_of({{.path = "app.py", .text = "x"}})));
}

TEST(Package, KeepsNamesThatAreNotAscii) {
  std::string told;
  const auto out =
      with_signature(zip_of({{.path = "gr\xc3\xbc\xc3\x9f.py", .text = "x"}}), [&](std::string hash) {
        told = std::move(hash);
        return std::string("s");
      });
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(contents(*out), told);
}

TEST(Package, HasLimits) {
  EXPECT_EQ(contents_of(zip_of(kPackage), {.bytes_max = 10}).error().code, "TooLarge");
  EXPECT_EQ(contents_of(zip_of(kPackage), {.entries_max = 3}).error().code, "TooLarge");
  EXPECT_TRUE(contents_of(zip_of(kPackage), {.bytes_max = 34, .entries_max = 4}));
}

// An extraction would put zeros behind what there is. Found by fuzz_signed_unzip.
TEST(Package, HasFilesAsLongAsTheySay) {
  std::string archive = zip_of({{.path = "app.py", .text = ""}});
  const size_t local = archive.find("PK\x03\x04"), central = archive.find("PK\x01\x02");
  ASSERT_NE(central, std::string::npos);
  EXPECT_EQ(code_of(archive), "");
  archive[local + 22] = archive[central + 24] = 9;
  EXPECT_EQ(code_of(archive), "BadEntry");
}

TEST(Package, IsAnArchive) {
  EXPECT_EQ(contents_of("no archive").error().code, "NotAnArchive");
  EXPECT_FALSE(signature_of("no archive"));
  const std::string whole = zip_of(kPackage);
  EXPECT_FALSE(contents_of(whole.substr(0, whole.size() / 2)));
}

}  // namespace
}  // namespace hearth::services::signer
