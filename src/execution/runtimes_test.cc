// Promise: your AWS code runs unchanged.
// What a runtime's name starts on this host, and where it looks for packages.
#include "execution/runtimes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/testing.h"

namespace hearth::execution {
namespace {

using sandbox::Interpreter;

class Runtime : public ::testing::Test {
 protected:
  Launch find(const std::string& name, std::vector<Interpreter> interpreters) {
    auto runtimes =
        Runtimes::lay_out(folder.path(), "/host", sandbox::Interpreters(std::move(interpreters))).value();
    return runtimes.find(name, 512).value_or(Launch{});
  }
  static std::string variable(const Launch& launch, std::string_view name) {
    for (const auto& [key, value] : launch.environment) {
      if (key == name) return value;
    }
    return "(none)";
  }

  store::testing::TemporaryFolder folder;
};

TEST_F(Runtime, OursLiesBesideTheInterpreter) {
  const Launch launch = find("python3.12", {{{"python", 3, 11}, "/usr/bin/python3.11", "3.11.2"}});
  EXPECT_EQ(launch.argv, (std::vector<std::string>{"/usr/bin/python3.11", "/var/runtime/bootstrap.py"}));
  EXPECT_EQ(launch.version, "python:3.11.v2");
  ASSERT_EQ(launch.binds.size(), 1u);
  EXPECT_EQ(launch.binds[0].source, "/host/python");
  EXPECT_EQ(launch.binds[0].target, "/var/runtime");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/python/bootstrap.py"));
}

TEST_F(Runtime, PackagesAreThoseForTheVersionThatIsNamed) {
  const Launch node = find("nodejs22.x", {{{"nodejs", 18, -1}, "/usr/bin/node", "18.1.0"}});
  EXPECT_EQ(variable(node, "NODE_PATH"),
            "/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules");
  const Launch ruby = find("ruby3.4", {{{"ruby", 3, 1}, "/usr/bin/ruby3.1", "3.1.2"}});
  EXPECT_EQ(variable(ruby, "GEM_PATH"),
            "/var/task/vendor/bundle/ruby/3.4.0:/opt/ruby/gems/3.4.0:/var/packages");
}

TEST_F(Runtime, PackagesThatAreOfferedAreThereForTheirLanguage) {
  sandbox::Interpreters both({{{"python", 3, 11}, "/usr/bin/python3.11", "3.11.2"},
                              {{"nodejs", 20, -1}, "/usr/bin/node", "20.1.0"}});
  ASSERT_TRUE(Runtimes::offer(both, "nodejs=" + folder.path()));
  EXPECT_TRUE(both.all()[0].binds.empty());
  ASSERT_EQ(both.all()[1].binds.size(), 1u);
  EXPECT_EQ(both.all()[1].binds[0].source, folder.path());
  EXPECT_EQ(both.all()[1].binds[0].target, "/var/node_modules");
  for (const std::string& setting :
       std::vector<std::string>{"ruby=" + folder.path(), "java=" + folder.path(), "python", "=",
                                "python=", "python=/nowhere at all"}) {
    EXPECT_EQ(Runtimes::offer(both, setting).error().code, "InvalidOption") << setting;
  }
}

TEST_F(Runtime, AnInterpreterInTheLayersPlaceGoesWhereTheServiceHasIts) {
  const Launch launch = find("python3.13", {{{"python", 3, 13},
                                             "/opt/py/bin/python3.13",
                                             "3.13.1",
                                             {{.source = "/opt/py", .target = "/opt/py"}}}});
  EXPECT_EQ(launch.argv[0], "/var/lang/bin/python3.13");
  EXPECT_EQ(launch.binds[0].source, "/opt/py");
  EXPECT_EQ(launch.binds[0].target, "/var/lang");
  const Launch elsewhere = find("python3.13", {{{"python", 3, 13},
                                                "/srv/py/bin/python3.13",
                                                "3.13.1",
                                                {{.source = "/srv/py", .target = "/srv/py"}}}});
  EXPECT_EQ(elsewhere.argv[0], "/srv/py/bin/python3.13");
}

TEST_F(Runtime, JavaGetsAHeapThatLeavesRoomForTheRest) {
  const Launch launch = find("java21", {{{"java", 21, -1}, "/usr/bin/java", "21.0.1"}});
  EXPECT_EQ(launch.argv[0], "/usr/bin/java");
  EXPECT_EQ(launch.argv[1], "-Xmx420m");
  EXPECT_EQ(launch.argv.back(), "hearth.lambda.Main");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/java/runtime.jar"));
}

TEST_F(Runtime, ADotnetFunctionSaysHowItIsStarted) {
  const Launch launch = find("dotnet8", {{{"dotnet", 8, -1},
                                          "/opt/dotnet/dotnet",
                                          "8.0.11",
                                          {{.source = "/opt/dotnet", .target = "/opt/dotnet"}}}});
  EXPECT_EQ(launch.argv,
            (std::vector<std::string>{"/bin/sh", "/var/runtime/bootstrap.sh", "/var/lang/dotnet"}));
  EXPECT_FALSE(launch.waits);
  EXPECT_EQ(variable(launch, "DOTNET_GCHeapHardLimit"), "1a400000");  // 420 MiB of 512
  EXPECT_EQ(launch.version, "dotnet:8.0.v11");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/dotnet/bootstrap.sh"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/dotnet/runtime.dll"));
}

TEST_F(Runtime, ABootstrapMayComeFromTheCodeOrALayer) {
  const Launch launch = find("provided.al2023", {});
  EXPECT_EQ(launch.argv, std::vector<std::string>{"/var/task/bootstrap"});
  EXPECT_EQ(launch.other_program, "/opt/bootstrap");
}

TEST_F(Runtime, WhatTheHostDoesNotHaveIsNotFound) {
  EXPECT_TRUE(find("dotnet8", {{{"java", 21, -1}, "/usr/bin/java", "21.0.1"}}).argv.empty());
  EXPECT_TRUE(find("python3.13", {}).argv.empty());
}

}  // namespace
}  // namespace hearth::execution
