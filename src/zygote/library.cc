// The library that a zygote loads into its own image (see sandbox/zygote.h), for interpreters that can call
// C.
#include <string>

#include "sandbox/zygote.h"

// Returns in each process that is forked to be a program, with its arguments, an empty text, and its
// environment, each text ended by a zero byte; `bytes` is their length together.
extern "C" [[gnu::visibility("default")]] const char* hearth_zygote_run(size_t* bytes) {
  static std::string texts;
  const auto command = hearth::sandbox::run_zygote();
  for (const auto& argument : command.argv) texts.append(argument).push_back('\0');
  texts.push_back('\0');
  for (const auto& variable : command.environment) texts.append(variable).push_back('\0');
  *bytes = texts.size();
  return texts.data();
}
