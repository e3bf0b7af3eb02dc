// Which interpreters this host has, and which of them fits a wanted language version best.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/spec.h"

namespace hearth::sandbox {

struct LanguageVersion {
  std::string language;  // "python", "nodejs", "ruby", "java", "dotnet"
  int major = 0;
  int minor = -1;  // -1: any

  // From names like "python3.12", "nodejs22.x", "java17", "java8.al2", "dotnet8"; nothing for other
  // languages.
  static std::optional<LanguageVersion> parse(std::string_view name);
  bool operator==(const LanguageVersion&) const = default;
};

struct Interpreter {
  LanguageVersion version;
  std::string path;          // the program itself, no link
  std::string version_text;  // "3.11.2"
  // What a sandbox on the host's root needs beside it, when it is installed outside /usr. The same path
  // inside.
  std::vector<Bind> binds;
};

struct InterpreterChoice {
  Interpreter interpreter;
  bool exact = false;  // the wanted version, not a near one
};

class Interpreters {
 public:
  // Looks through /usr/bin, /usr/local/bin, /opt/*/bin, /usr/lib/jvm/*/bin, the places where .NET is
  // installed and `path` (colons between) and asks each program for its version. Takes up to a second: do it
  // once, not on an event loop.
  static Interpreters find(std::string_view path);
  explicit Interpreters(std::vector<Interpreter> all) : all_(std::move(all)) {}

  // Exactly that version, else the nearest of the language, newer before older; of Java and .NET a newer one
  // if there is any.
  std::optional<InterpreterChoice> choose(const LanguageVersion& wanted) const;
  const std::vector<Interpreter>& all() const { return all_; }
  // One more bind for each of a language. False when there is none.
  bool add_bind(const std::string& language, const Bind& bind);

 private:
  std::vector<Interpreter> all_;
};

}  // namespace hearth::sandbox
