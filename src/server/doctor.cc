#include "server/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "io/loop.h"
#include "sandbox/interpreters.h"
#include "sandbox/probe.h"
#include "server/ledger.h"
#include "server/options.h"
#include "store/data_folder.h"
#include "store/rocks/rocks.h"

namespace hearth::server {
namespace {

// List prices of the service in us-east-1, in dollars.
constexpr double kPerRequest = 0.20 / 1e6;
constexpr double kPerGbSecond = 0.0000166667;

constexpr std::array<const char*, 12> kShown = {"python3.9",  "python3.10", "python3.11", "python3.12",
                                                "python3.13", "python3.14", "python3.15", "nodejs18.x",
                                                "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x"};

void print(const std::string& line) {
  std::puts(line.c_str());
}

Status print_usage(const std::string& folder) {
  TRY_SYNC(const auto data, store::DataFolder::open(folder));
  io::Loop loop;
  TRY_SYNC(const auto store, store::rocks::open({.folder = data.state_path()}));
  Ledger ledger(*store);
  Result<std::vector<UsageLine>> lines;
  auto read = [&]() -> Task<void> { lines = co_await ledger.lines(); };
  loop.run_until_done(read());
  TRY_SYNC(const auto found, std::move(lines));
  print(fmt::format("{:<12}{:<16}{:<40}{:>12}{:>14}{:>14}", "day", "region", "function", "requests",
                    "GB-seconds", "USD"));
  for (const UsageLine& line : found) {
    const double price =
        static_cast<double>(line.totals.requests) * kPerRequest + line.totals.gb_seconds() * kPerGbSecond;
    print(fmt::format("{:<12}{:<16}{:<40}{:>12}{:>14.3f}{:>14.8f}", line.day, line.region, line.function,
                      line.totals.requests, line.totals.gb_seconds(), price));
  }
  return {};
}

}  // namespace

int doctor() {
  const sandbox::HostReport report = sandbox::probe_host();
  auto yes = [](bool value) { return value ? "yes" : "no"; };
  print(fmt::format("root: {}", yes(report.root)));
  print(fmt::format("user namespaces: {}", yes(report.user_namespaces)));
  print(fmt::format("seccomp: {}", yes(report.seccomp)));
  const char* version = report.cgroup_version == sandbox::CgroupVersion::kV2   ? "v2"
                        : report.cgroup_version == sandbox::CgroupVersion::kV1 ? "v1"
                                                                               : "none";
  std::string controllers;
  for (const std::string& name : report.controllers) controllers += " " + name;
  print(fmt::format("control groups: {}{}", version, controllers));
  const char* path = std::getenv("PATH");
  const auto interpreters = sandbox::Interpreters::find(path ? path : "");
  for (const char* runtime : kShown) {
    const auto wanted = sandbox::LanguageVersion::parse(runtime);
    const auto choice = wanted ? interpreters.choose(*wanted) : std::nullopt;
    print(choice
              ? fmt::format("{}: {} ({}{})", runtime, choice->interpreter.path,
                            choice->interpreter.version_text, choice->exact ? "" : ", the nearest there is")
              : fmt::format("{}: no interpreter on this host; such functions cannot run", runtime));
  }
  for (const std::string& consequence : report.consequences) print("note: " + consequence);
  return report.can_isolate() ? 0 : 1;
}

int usage(const std::string& data_folder) {
  const Status done = print_usage(data_folder.empty() ? default_data_folder() : data_folder);
  if (!done) std::fprintf(stderr, "hearth: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}

}  // namespace hearth::server
