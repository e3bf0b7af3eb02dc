// Promise: your AWS code runs unchanged: an image's address leads to the registry that it names.
#include "services/ecr/registry_host.h"

#include <gtest/gtest.h>

namespace hearth::services::ecr {
namespace {

std::string host_for(const std::string& host, const std::string& account, const std::string& region) {
  io::Request request;
  request.headers.set("Host", host);
  const wire::Call call{.account = "111122223333", .request = &request};
  return RegistryHosts("us-east-1").host_of(call, {account, region});
}

TEST(RegistryHosts, AreNamedByAccountAndRegion) {
  const Registry wanted{"111122223333", "eu-west-1"};
  for (const char* host :
       {"111122223333.dkr.ecr.eu-west-1.amazonaws.com", "111122223333.dkr.ecr.eu-west-1.localhost:4566",
        "111122223333.dkr.ecr.eu-west-1"}) {
    EXPECT_EQ(RegistryHosts::parse(host), wanted) << host;
  }
  for (const char* host :
       {"", "localhost", "dkr.ecr.eu-west-1.amazonaws.com", "x.dkr.ecr.eu-west-1.localhost",
        "1.111122223333.dkr.ecr.eu-west-1.x", "111122223333.dkr.ecr..x"}) {
    EXPECT_EQ(RegistryHosts::parse(host), std::nullopt) << host;
  }
}

TEST(RegistryHosts, TheCallersOwnIsReachedAsTheServerWas) {
  EXPECT_EQ(host_for("127.0.0.1:4566", "111122223333", "us-east-1"), "127.0.0.1:4566");
  EXPECT_EQ(host_for("Hearth.Example", "111122223333", "us-east-1"), "hearth.example");
}

TEST(RegistryHosts, OthersSayWhoseTheyAre) {
  EXPECT_EQ(host_for("127.0.0.1:4566", "111122223333", "eu-west-1"),
            "111122223333.dkr.ecr.eu-west-1.localhost:4566");
  EXPECT_EQ(host_for("hearth.example", "999999999999", "us-east-1"),
            "999999999999.dkr.ecr.us-east-1.hearth.example");
  EXPECT_EQ(host_for("api.ecr.us-east-1.amazonaws.com", "111122223333", "us-east-1"),
            "111122223333.dkr.ecr.us-east-1.amazonaws.com");
  EXPECT_EQ(host_for("999999999999.dkr.ecr.us-east-1.localhost:4566", "111122223333", "us-east-1"),
            "111122223333.dkr.ecr.us-east-1.localhost:4566");
  EXPECT_EQ(host_for("[::1]:4566", "111122223333", "eu-west-1"),
            "111122223333.dkr.ecr.eu-west-1.localhost:4566");
  EXPECT_EQ(host_for("", "111122223333", "us-east-1").find("111122223333.dkr.ecr.us-east-1."), 0u);
}

// What a host was given for is found again by it.
TEST(RegistryHosts, ComeBack) {
  for (const char* host : {"127.0.0.1:4566", "localhost", "a.b:1", "ecr.us-east-1.x", "[::1]"}) {
    EXPECT_EQ(RegistryHosts::parse(host_for(host, "999999999999", "eu-west-1")),
              (Registry{"999999999999", "eu-west-1"}))
        << host;
  }
}

}  // namespace
}  // namespace hearth::services::ecr
