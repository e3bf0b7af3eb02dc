#include "server/doctor.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "execution/runtimes.h"
#include "sandbox/interpreters.h"
#include "sandbox/probe.h"
#include "services/lambda/runtime_names.h"

namespace hearth::server {
namespace {

constexpr std::array<const char*, 22> kShown = {
    "python3.9",  "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
    "python3.15", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x",
    "ruby3.2",    "ruby3.3",    "ruby3.4",    "java8.al2",  "java11",     "java17",
    "java21",     "java25",     "dotnet8",    "dotnet10"};

void print(const std::string& line) {
  std::puts(line.c_str());
}

// By what SnapStart keeps versions of the runtime; empty where it is not for that.
std::string snap_start_of(const char* runtime, const sandbox::Interpreter& interpreter) {
  using Kept = execution::Runtimes::Kept;
  if (!services::lambda::has_snap_start(runtime)) return "";
  switch (execution::Runtimes::kept_of(interpreter)) {
    case Kept::kSnapshots:
      return "; SnapStart by snapshots";
    case Kept::kRestingProcesses:
      return "; SnapStart by processes that rest after their init";
    case Kept::kNothing:
      break;
  }
  return "; no SnapStart, as others than root can change the interpreter";
}

}  // namespace

int doctor() {
  const sandbox::HostReport report = sandbox::probe_host();
  auto yes = [](bool value) { return value ? "yes" : "no"; };
  print(fmt::format("root: {}", yes(report.root)));
  print(fmt::format("user namespaces: {}", yes(report.user_namespaces)));
  print(fmt::format("seccomp: {}", yes(report.seccomp)));
  print(fmt::format("disks for /tmp: {}", yes(report.scratch)));
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
              ? fmt::format("{}: {} ({}{}){}", runtime, choice->interpreter.path,
                            choice->interpreter.version_text, choice->exact ? "" : ", the nearest there is",
                            snap_start_of(runtime, choice->interpreter))
              : fmt::format("{}: no interpreter on this host; such functions cannot run", runtime));
  }
  for (const std::string& consequence : report.consequences) print("note: " + consequence);
  return report.can_isolate() ? 0 : 1;
}

}  // namespace hearth::server
