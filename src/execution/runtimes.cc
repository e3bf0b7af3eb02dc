#include "execution/runtimes.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "execution/runtime_files.h"

namespace hearth::execution {
namespace {

namespace fs = std::filesystem;

// "3.11.2" of Python as "python:3.11.v2", in the manner of the service.
std::string version_text(const sandbox::Interpreter& interpreter) {
  const std::string& text = interpreter.version_text;
  const size_t dot = text.rfind('.');
  if (dot == std::string::npos) return interpreter.version.language + ":" + text;
  return fmt::format("{}:{}.v{}", interpreter.version.language, text.substr(0, dot), text.substr(dot + 1));
}

// Which one is there shows when it is started.
Launch bootstrap(const std::string& runtime) {
  return {.argv = {"/var/task/bootstrap"}, .other_program = "/opt/bootstrap", .version = runtime + ":v1"};
}

}  // namespace

std::string Launch::version_arn(const std::string& region) const {
  return fmt::format("arn:aws:lambda:{}::runtime:{}", region, hex_encode(sha256(version)));
}

Result<Runtimes> Runtimes::lay_out(const std::string& folder, std::string host_path,
                                   sandbox::Interpreters interpreters) {
  for (const RuntimeFile& file : runtime_files()) {
    const fs::path path = fs::path(folder) / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    fs::permissions(path.parent_path(), fs::perms(0755), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << file.text;
    out.close();
    if (!out) return fail("IoError", "cannot write " + path.string());
    fs::permissions(path, fs::perms(0644), error);
  }
  return Runtimes(std::move(host_path), std::move(interpreters));
}

Result<Launch> Runtimes::find(const std::string& runtime) const {
  if (runtime.starts_with("provided")) return bootstrap(runtime);
  const auto wanted = sandbox::LanguageVersion::parse(runtime);
  const auto choice = wanted ? interpreters_.choose(*wanted) : std::nullopt;
  const bool python = wanted && wanted->language == "python";
  if (!choice || (!python && wanted->language != "nodejs")) {
    return fail("Runtime.InvalidEntrypoint",
                fmt::format("this host has no interpreter for {}; hearth doctor tells what it has", runtime));
  }
  const sandbox::Interpreter& interpreter = choice->interpreter;
  Launch launch{.binds = interpreter.binds, .version = version_text(interpreter), .waits = true};
  launch.binds.push_back({.source = host_path_ + (python ? "/python" : "/node"), .target = "/var/runtime"});
  if (python) {
    launch.argv = {interpreter.path, "/var/runtime/bootstrap.py"};
    launch.environment.emplace_back("PYTHONPATH", "/var/runtime");
  } else {
    launch.argv = {interpreter.path, "/var/runtime/bootstrap.js"};
    launch.environment.emplace_back(
        "NODE_PATH",
        fmt::format("/opt/nodejs/node{}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules",
                    wanted->major));
  }
  return launch;
}

}  // namespace hearth::execution
