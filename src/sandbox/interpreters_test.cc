// Promise: your AWS code runs unchanged.
#include "sandbox/interpreters.h"

#include <filesystem>
#include <fstream>

#include "sandbox/probe.h"
#include "sandbox/test_sandbox.h"

namespace hearth::sandbox {
namespace {

Interpreters some() {
  return Interpreters({{{"python", 3, 9}, "/usr/bin/python3.9"},
                       {{"python", 3, 11}, "/usr/bin/python3.11"},
                       {{"python", 3, 13}, "/opt/py/bin/python3.13"},
                       {{"nodejs", 20, -1}, "/usr/bin/node"}});
}

TEST(Interpreters, RuntimeNamesAreLanguageAndVersion) {
  EXPECT_EQ(LanguageVersion::parse("python3.12"), (LanguageVersion{"python", 3, 12}));
  EXPECT_EQ(LanguageVersion::parse("nodejs22.x"), (LanguageVersion{"nodejs", 22, -1}));
  EXPECT_EQ(LanguageVersion::parse("java8.al2"), (LanguageVersion{"java", 8, -1}));
  EXPECT_EQ(LanguageVersion::parse("ruby3.3"), (LanguageVersion{"ruby", 3, 3}));
  EXPECT_EQ(LanguageVersion::parse("dotnet10"), (LanguageVersion{"dotnet", 10, -1}));
  EXPECT_EQ(LanguageVersion::parse("provided.al2023"), std::nullopt);
}

TEST(Interpreters, TheExactVersionIsTakenElseTheNearestAndOfTwoTheNewer) {
  const auto exact = some().choose({"python", 3, 11});
  EXPECT_EQ(exact->interpreter.path, "/usr/bin/python3.11");
  EXPECT_TRUE(exact->exact);
  const auto between = some().choose({"python", 3, 12});
  EXPECT_EQ(between->interpreter.path, "/opt/py/bin/python3.13");
  EXPECT_FALSE(between->exact);
  EXPECT_EQ(some().choose({"python", 3, 15})->interpreter.path, "/opt/py/bin/python3.13");
  EXPECT_EQ(some().choose({"nodejs", 22, -1})->interpreter.path, "/usr/bin/node");
  EXPECT_FALSE(some().choose({"ruby", 3, 3}));
}

TEST(Interpreters, JavaRunsWhatWasCompiledForOlderVersionsButNotForNewerOnes) {
  const Interpreters java(
      {{{"java", 17, -1}, "/usr/lib/jvm/17/bin/java"}, {{"java", 25, -1}, "/usr/lib/jvm/25/bin/java"}});
  EXPECT_EQ(java.choose({"java", 11, -1})->interpreter.path, "/usr/lib/jvm/17/bin/java");
  EXPECT_EQ(java.choose({"java", 18, -1})->interpreter.path, "/usr/lib/jvm/25/bin/java");
  EXPECT_EQ(java.choose({"java", 26, -1})->interpreter.path, "/usr/lib/jvm/25/bin/java");
}

TEST(Interpreters, OneProgramOfDotnetHasTheVersionsBesideIt) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::canonical(fs::temp_directory_path()) / "hearth-dotnet-test";
  fs::remove_all(folder);
  for (const char* version : {"8.0.11", "10.0.1", "none"}) {
    fs::create_directories(folder / "shared/Microsoft.NETCore.App" / version);
  }
  std::ofstream(folder / "dotnet") << "\x7f"
                                      "ELF";
  std::vector<Interpreter> found;
  for (const Interpreter& one : Interpreters::find(folder.string()).all()) {
    if (one.path == folder / "dotnet") found.push_back(one);
  }
  fs::remove_all(folder);
  ASSERT_EQ(found.size(), 2u);
  const Interpreters dotnet(found);
  const auto exact = dotnet.choose({"dotnet", 8, -1});
  EXPECT_TRUE(exact->exact);
  EXPECT_EQ(exact->interpreter.version_text, "8.0.11");
  ASSERT_EQ(exact->interpreter.binds.size(), 1u);
  EXPECT_EQ(exact->interpreter.binds[0].source, folder);
  EXPECT_EQ(dotnet.choose({"dotnet", 9, -1})->interpreter.version_text, "10.0.1");
}

using InterpretersInside = SandboxTest;

TEST_F(InterpretersInside, EveryInterpreterOfThisHostRunsInASandbox) {
  const auto found = Interpreters::find("");
  EXPECT_FALSE(found.all().empty());
  for (const auto& one : found.all()) {
    auto own = spec();
    own.limits.memory_bytes = 512 << 20;
    own.limits.cpu_millicores = 0;
    own.binds = one.binds;
    const std::string program = one.version.language == "nodejs"
                                    ? "require('worker_threads'); setTimeout(() => console.log(6 * 7), 1)"
                                    : "print(6 * 7)";
    Command command{
        {one.path, one.version.language == "nodejs" ? "-e" : "-c", program}, {"PATH=/usr/bin:/bin"}, "/tmp"};
    if (one.version.language == "ruby") command.argv = {one.path, "-e", "puts 6 * 7"};
    if (one.version.language == "java") command.argv = {one.path, "-Xmx64m", "-XshowSettings:vm", "-version"};
    if (one.version.language == "dotnet") command.argv = {one.path, "--list-runtimes"};
    const auto outcome = run(own, command);
    EXPECT_EQ(outcome.status.code, 0) << one.path << ": " << outcome.error_output;
    if (one.version.language != "java" && one.version.language != "dotnet")
      EXPECT_EQ(outcome.output, "42\n") << one.path << ": " << outcome.error_output;
  }
}

TEST(Probe, AHostOnWhichSandboxesWorkIsReportedAsSuch) {
  const auto report = probe_host();
  EXPECT_EQ(report.root, ::geteuid() == 0);
  if (report.can_isolate() && report.controllers.size() == 4) EXPECT_TRUE(report.consequences.empty());
  if (!report.can_isolate()) EXPECT_FALSE(report.consequences.empty());
}

}  // namespace
}  // namespace hearth::sandbox
