#include "sandbox/interpreters.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <tuple>

namespace hearth::sandbox {

namespace {

namespace fs = std::filesystem;

struct Language {
  const char* name;
  const char* program;       // file names begin with it; digits and dots may follow
  const char* version_flag;  // null: its folder tells
  bool minor_counts;         // 3.11 and 3.12 are different versions, 22.3 and 22.4 are not
  bool newer_runs_older;     // and an older one does not run what was compiled for a newer one
};

constexpr std::array kLanguages = {
    Language{"python", "python", "--version", true, false},
    Language{"nodejs", "node", "--version", false, false}, Language{"ruby", "ruby", "--version", true, false},
    Language{"java", "java", "-version", false, true}, Language{"dotnet", "dotnet", nullptr, false, true}};

// Where one program of .NET has its versions, beside itself.
constexpr const char* kDotnetVersions = "shared/Microsoft.NETCore.App";

bool is_number_part(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.';
}

bool is_elf(const fs::path& path) {
  std::array<char, 4> magic{};
  std::ifstream file(path, std::ios::binary);
  file.read(magic.data(), magic.size());
  return file && std::string_view(magic.data(), magic.size()) ==
                     "\x7f"
                     "ELF";
}

// What the program says when it is started with that flag.
std::string ask(const fs::path& program, const char* flag) {
  std::string command = "'";
  for (const char c : program.string()) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
  command.append("' ").append(flag).append(" 2>&1 </dev/null");
  std::string text;
  std::FILE* output = ::popen(command.c_str(), "re");
  if (output == nullptr) return text;
  std::array<char, 512> buffer;
  while (std::fgets(buffer.data(), buffer.size(), output) != nullptr) text += buffer.data();
  ::pclose(output);
  return text;
}

// The first number with its dots in what the program says about itself.
std::string ask_version(const fs::path& program, const char* flag) {
  const std::string text = ask(program, flag);
  const auto begin = std::ranges::find_if(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  return {begin, std::find_if_not(begin, text.end(), is_number_part)};
}

// An installation of Java says which it is in a file beside bin/; asking the program would take ten times as
// long as with others.
std::string told_version(const fs::path& program) {
  std::ifstream file(program.parent_path().parent_path() / "release");
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kName = "JAVA_VERSION=\"";
    if (line.starts_with(kName)) return line.substr(kName.size(), line.rfind('"') - kName.size());
  }
  return {};
}

std::pair<int, int> numbers(std::string_view text) {
  int major = 0;
  int minor = -1;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), major);
  if (error == std::errc() && rest != text.data() + text.size() && *rest == '.') {
    std::from_chars(rest + 1, text.data() + text.size(), minor);
  }
  return {major, minor};
}

std::vector<fs::path> directories(std::string_view path) {
  std::vector<fs::path> all = {"/usr/bin", "/usr/local/bin", "/usr/lib/dotnet", "/usr/share/dotnet",
                               "/opt/dotnet"};
  std::error_code error;
  for (const char* parent : {"/opt", "/usr/lib/jvm"}) {
    for (const auto& entry : fs::directory_iterator(parent, error)) all.push_back(entry.path() / "bin");
  }
  while (!path.empty()) {
    const size_t end = path.find(':');
    if (end != 0) all.emplace_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return all;
}

const Language* language_of(std::string_view file_name) {
  for (const auto& language : kLanguages) {
    if (!file_name.starts_with(language.program)) continue;
    const auto rest = file_name.substr(std::string_view(language.program).size());
    if (std::ranges::all_of(rest, is_number_part)) return &language;
  }
  return nullptr;
}

// Which versions a program can be.
std::vector<std::string> versions_of(const fs::path& program, const Language& language) {
  std::vector<std::string> all;
  if (language.version_flag == nullptr) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(program.parent_path() / kDotnetVersions, error)) {
      all.push_back(entry.path().filename());
    }
    return all;
  }
  all.push_back(told_version(program));
  if (all.back().empty()) all.back() = ask_version(program, language.version_flag);
  return all;
}

std::optional<Interpreter> examine(const fs::path& program, const Language& language,
                                   std::string version_text) {
  Interpreter found;
  found.path = program;
  found.version_text = std::move(version_text);
  auto [major, minor] = numbers(found.version_text);
  if (major == 0) return {};
  if (major == 1 && language.newer_runs_older) major = minor;  // Java 8 calls itself 1.8
  found.version = {language.name, major, language.minor_counts ? minor : -1};
  if (!found.path.starts_with("/usr/")) {
    // An installation is the folder above bin/, libraries included; of .NET that of the program.
    const fs::path folder = program.parent_path();
    const std::string installation = language.version_flag == nullptr ? folder : folder.parent_path();
    found.binds.push_back({installation, installation});
  }
  return found;
}

}  // namespace

std::optional<LanguageVersion> LanguageVersion::parse(std::string_view name) {
  for (const auto& language : kLanguages) {
    if (!name.starts_with(language.name)) continue;
    const auto [major, minor] = numbers(name.substr(std::string_view(language.name).size()));
    if (major > 0) return LanguageVersion{language.name, major, language.minor_counts ? minor : -1};
  }
  return {};
}

Interpreters Interpreters::find(std::string_view path) {
  std::vector<Interpreter> all;
  std::set<fs::path> seen;
  for (const auto& directory : directories(path)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      const Language* language = language_of(entry.path().filename().string());
      if (language == nullptr) continue;
      const fs::path program = fs::canonical(entry.path(), error);
      // Scripts that pick a version (shims) depend on more of the host than a sandbox has.
      if (error || !seen.insert(program).second || !is_elf(program)) continue;
      for (std::string& version : versions_of(program, *language)) {
        if (auto found = examine(program, *language, std::move(version))) all.push_back(*std::move(found));
      }
    }
  }
  return Interpreters(std::move(all));
}

bool Interpreters::add_bind(const std::string& language, const Bind& bind) {
  bool added = false;
  for (Interpreter& interpreter : all_) {
    if (interpreter.version.language != language) continue;
    interpreter.binds.push_back(bind);
    added = true;
  }
  return added;
}

std::optional<InterpreterChoice> Interpreters::choose(const LanguageVersion& wanted) const {
  const Interpreter* best = nullptr;
  const auto language = std::ranges::find(kLanguages, wanted.language, &Language::name);
  const bool newer_first = language != kLanguages.end() && language->newer_runs_older;
  // Distance in versions; of two equally far the newer comes first.
  const auto distance = [&](const Interpreter& one) {
    const int newer = (one.version.major - wanted.major) * 1000 + one.version.minor - wanted.minor;
    return std::tuple(newer_first && newer < 0, std::abs(newer), newer < 0);
  };
  for (const auto& one : all_) {
    if (one.version.language != wanted.language) continue;
    if (best == nullptr || distance(one) < distance(*best)) best = &one;
  }
  if (best == nullptr) return {};
  return InterpreterChoice{*best, best->version == wanted};
}

}  // namespace hearth::sandbox
