#include "execution/runtimes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "execution/runtime_files.h"
#include "execution/variables.h"
#include "sandbox/file.h"

namespace hearth::execution {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRuntimeRoot = "/var/runtime";

// "3.11.2" of Python as "python:3.11.v2", in the manner of the service.
std::string version_text(const sandbox::Interpreter& interpreter) {
  const std::string& text = interpreter.version_text;
  const size_t dot = text.rfind('.');
  if (dot == std::string::npos) return interpreter.version.language + ":" + text;
  return fmt::format("{}:{}.v{}", interpreter.version.language, text.substr(0, dot), text.substr(dot + 1));
}

// Ours of a language, and where its interpreter is told to look for packages.
struct Part {
  std::string_view language;
  std::string_view folder;  // of runtimes/
  std::string_view program;
  std::vector<std::pair<std::string_view, std::string_view>> variables;
  const char* packages;  // where those lie that the server's owner offers
  bool movable = true;   // an installation runs at another path than it was made for
  bool piped = false;
  bool forks = false;
  bool forks_itself = false;  // it forks by its own fork(), which is replaced, and not by calling the library
  // What else the language needs, for functions with so much memory.
  void (*prepare)(Launch&, const sandbox::Interpreter&, uint32_t memory_mib) = nullptr;
};

// Of a function's memory; the rest is for what virtual machines have beside the heap.
uint32_t heap_mib(uint32_t memory_mib) {
  constexpr uint32_t kOtherMib = 40;
  constexpr uint32_t kHeapMinMib = 32;
  return std::max(memory_mib * 9 / 10 - std::min(memory_mib * 9 / 10, kOtherMib), kHeapMinMib);
}

// Of what an amount of memory has for itself, as a heap cannot grow beyond what it was started with.
constexpr size_t kSlotsOfAMemoryAtFirst = 2;

// A process that has run the init is written down, or rests.
void keep_begun(Launch& launch) {
#if defined(__x86_64__)
  launch.restorer = "/var/runtime/restore";
#endif
  launch.rests = true;
}

// Classes on the boot path are loaded in half the time, and a package that brings the same interfaces gets
// ours. Without a class path Java would take the working directory for it: the package's classes would be
// found there and not see the jars beside them.
void prepare_java(Launch& launch, const sandbox::Interpreter& interpreter, uint32_t memory_mib) {
  constexpr int kNativeAccessGuarded = 24;
  launch.argv = {interpreter.path,
                 fmt::format("-Xmx{}m", heap_mib(memory_mib)),
                 "-XX:-UsePerfData",
                 "-Dhearth.jar=/var/runtime/runtime.jar",
                 "-Dhearth.native=/var/runtime/libruntime.so",
                 "-Xbootclasspath/a:/var/runtime/runtime.jar",
                 "-cp",
                 "/var/runtime/runtime.jar"};
  if (interpreter.version.major >= kNativeAccessGuarded) {
    launch.argv.emplace_back("--enable-native-access=ALL-UNNAMED");
  }
  launch.argv.emplace_back("hearth.lambda.Main");
  launch.tuning = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.language=en", "-Duser.country=US"};
  launch.tuning_variable = "JAVA_TOOL_OPTIONS";
  launch.slots_at_first = kSlotsOfAMemoryAtFirst;
  keep_begun(launch);
}

// Which program it is, and with which options, says the function. Its heap would grow with the host's memory,
// as a sandbox does not show its own limits.
void prepare_dotnet(Launch& launch, const sandbox::Interpreter& interpreter, uint32_t memory_mib) {
  launch.argv = {"/bin/sh", "/var/runtime/bootstrap.sh", interpreter.path};
  launch.environment.emplace_back("DOTNET_GCHeapHardLimit",
                                  fmt::format("{:x}", uint64_t{heap_mib(memory_mib)} << 20));
  launch.slots_at_first = kSlotsOfAMemoryAtFirst;
  launch.waits = false;
  keep_begun(launch);
  // Else what is compiled lies in memory that is mapped twice, and programs of the host may look in: neither
  // can be written down.
  launch.environment.emplace_back("DOTNET_EnableWriteXorExecute", "0");
  launch.environment.emplace_back("DOTNET_EnableDiagnostics", "0");
}

void prepare_python(Launch& launch, const sandbox::Interpreter&, uint32_t) {
  launch.offers_sdk = true;
}

const Part* part_of(std::string_view language) {
  static const std::array<Part, 5> parts = {
      Part{"python",
           "python",
           "bootstrap.py",
           {{"PYTHONPATH", "/var/runtime"}},
           "/var/packages",
           true,
           true,
           true,
           false,
           prepare_python},
      Part{"nodejs",
           "node",
           "bootstrap.js",
           {{"NODE_PATH",
             "/opt/nodejs/node{major}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules"}},
           "/var/node_modules",  // where modules of both systems are looked for from /var/task
           true,
           true},
      Part{"ruby",
           "ruby",
           "bootstrap.rb",
           {{"GEM_PATH",
             "/var/task/vendor/bundle/ruby/{major}.{minor}.0:/opt/ruby/gems/{major}.{minor}.0:/var/packages"},
            {"RUBYLIB", "/var/runtime/lib:/opt/ruby/lib"},
            // Else its strings have no letters where the host lacks the locale that LANG names.
            {"LC_CTYPE", "C.UTF-8"}},
           "/var/packages",
           false,
           true,
           true,
           true},
      // Else its strings have no letters where the host lacks the locale that LANG names.
      Part{"java", "java", "", {{"LC_ALL", "C.UTF-8"}}, nullptr, true, true, false, false, prepare_java},
      // Of a version that the host lacks the next one.
      Part{"dotnet",
           "dotnet",
           "",
           {{"DOTNET_ROLL_FORWARD", "Major"}},
           nullptr,
           true,
           true,
           false,
           false,
           prepare_dotnet}};
  const auto found = std::ranges::find(parts, language, &Part::language);
  return found == parts.end() ? nullptr : &*found;
}

// Layers lie over all of /opt. An interpreter that the host has there goes where the service has its own.
void keep_out_of_layers(Launch& launch) {
  constexpr std::string_view kLanguageRoot = "/var/lang";
  for (sandbox::Bind& bind : launch.binds) {
    if (!bind.target.starts_with("/opt/")) continue;
    const auto program = std::ranges::find_if(
        launch.argv, [&](const std::string& word) { return word.starts_with(bind.target + "/"); });
    if (program == launch.argv.end()) continue;
    program->replace(0, bind.target.size(), kLanguageRoot);
    bind.target = kLanguageRoot;
  }
}

Launch launch_of(const sandbox::Interpreter& interpreter, const Part& part,
                 const sandbox::LanguageVersion& wanted, uint32_t memory_mib) {
  Launch launch{.argv = {interpreter.path, fmt::format("{}/{}", kRuntimeRoot, part.program)},
                .binds = interpreter.binds,
                .version = version_text(interpreter),
                .waits = true,
                .piped = part.piped};
  if (part.prepare) part.prepare(launch, interpreter, memory_mib);
  if (part.movable) keep_out_of_layers(launch);
  if (part.forks) launch.zygote = interpreter.path;
  for (const auto& [name, value] : part.variables) {
    // Packages are made for the version that the function names, which need not be the one that runs here.
    launch.environment.emplace_back(name, fmt::format(fmt::runtime(value), fmt::arg("major", wanted.major),
                                                      fmt::arg("minor", wanted.minor)));
  }
  return launch;
}

sandbox::Zygote zygote_of(Launch launch, const Part& part) {
  const std::string library = std::string(kRuntimeRoot) + "/zygote.so";
  sandbox::Zygote zygote{.name = std::move(launch.zygote),
                         .argv = launch.argv,
                         .binds = launch.binds,
                         .mount_points = {kLateFolders.begin(), kLateFolders.end()}};
  zygote.argv.emplace_back("--zygote");
  for (const auto& [name, value] : common_variables(launch)) zygote.environment.push_back(name + "=" + value);
  // Not those on disk, which the server could write to.
  for (const RuntimeFile& file : runtime_files()) {
    if (!file.path.starts_with(part.folder)) continue;
    zygote.files.push_back(
        {std::string(kRuntimeRoot) + std::string(file.path.substr(part.folder.size())), file.text});
  }
  zygote.files.push_back({library, zygote_library()});
  if (part.forks_itself) zygote.environment.push_back("LD_PRELOAD=" + library);
  return zygote;
}

// Of an interpreter that a zygote may run as root.
bool only_root_can_change(const sandbox::Interpreter& interpreter) {
  return sandbox::only_root_can_change(interpreter.path) &&
         std::ranges::all_of(interpreter.binds, [](const sandbox::Bind& bind) {
           return sandbox::only_root_can_change(bind.source);
         });
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
    fs::permissions(path, fs::perms(file.is_program ? 0755 : 0644), error);
  }
  return Runtimes(std::move(host_path), std::move(interpreters));
}

Status Runtimes::offer(sandbox::Interpreters& interpreters, const std::string& setting) {
  const size_t equals = setting.find('=');
  const std::string language = setting.substr(0, equals);
  const Part* part = part_of(language);
  if (equals == std::string::npos || part == nullptr || part->packages == nullptr) {
    return fail("InvalidOption",
                "--packages wants python=FOLDER, nodejs=FOLDER or ruby=FOLDER, and was given " + setting);
  }
  std::error_code error;
  const fs::path folder = fs::canonical(setting.substr(equals + 1), error);
  if (error || !fs::is_directory(folder, error)) {
    return fail("InvalidOption", fmt::format("--packages: {} is no folder", setting.substr(equals + 1)));
  }
  if (interpreters.add_bind(language, {.source = folder, .target = part->packages})) return {};
  return fail("InvalidOption", "--packages: this host has no interpreter of " + language);
}

std::vector<sandbox::Zygote> Runtimes::zygotes(const sandbox::Interpreters& interpreters) {
  std::vector<sandbox::Zygote> all;
  for (sandbox::Interpreter interpreter : interpreters.all()) {
    const Part* part = part_of(interpreter.version.language);
    if (part == nullptr || !part->forks) continue;
    // It can do without these: what is not loaded ahead is loaded by the functions.
    std::erase_if(interpreter.binds, [&](const sandbox::Bind& bind) {
      return bind.target == part->packages && !sandbox::only_root_can_change(bind.source);
    });
    if (!only_root_can_change(interpreter)) continue;
    all.push_back(zygote_of(launch_of(interpreter, *part, interpreter.version, 0), *part));
  }
  return all;
}

Runtimes::Kept Runtimes::kept_of(const sandbox::Interpreter& interpreter) {
  const Part* part = part_of(interpreter.version.language);
  if (part == nullptr) return Kept::kNothing;
  const Launch launch = launch_of(interpreter, *part, interpreter.version, 0);
  if (!launch.restorer.empty()) return Kept::kSnapshots;
  if (launch.rests) return Kept::kRestingProcesses;
  return launch.zygote.empty() || !only_root_can_change(interpreter) ? Kept::kNothing : Kept::kSnapshots;
}

Result<Launch> Runtimes::find(const std::string& runtime, uint32_t memory_mib) const {
  if (runtime.empty()) return Launch{};
  if (runtime.starts_with("provided")) return bootstrap(runtime);
  const auto wanted = sandbox::LanguageVersion::parse(runtime);
  const auto choice = wanted ? interpreters_.choose(*wanted) : std::nullopt;
  const Part* part = choice ? part_of(wanted->language) : nullptr;
  if (part == nullptr) {
    return fail("Runtime.InvalidEntrypoint",
                fmt::format("this host has no interpreter for {}; hearth doctor tells what it has", runtime));
  }
  Launch launch = launch_of(choice->interpreter, *part, *wanted, memory_mib);
  launch.binds.push_back({.source = fmt::format("{}/{}", host_path_, part->folder), .target = kRuntimeRoot});
  return launch;
}

}  // namespace hearth::execution
