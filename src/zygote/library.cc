// The library that a zygote loads into its own image (see sandbox/zygote.h), for interpreters that can call
// C.
#include <string>

#include "sandbox/zygote.h"
#include "zygote/snapshot.h"

// Returns in each process that is forked to be a program, with its arguments, an empty text, and its
// environment, each text ended by a zero byte; `bytes` is their length together.
extern "C" [[gnu::visibility("default")]] const char* hearth_zygote_run(size_t* bytes) {
  static std::string texts;
  hearth::zygote::prepare_snapshots();
  const auto command = hearth::sandbox::run_zygote();
  for (const auto& argument : command.argv) texts.append(argument).push_back('\0');
  texts.push_back('\0');
  for (const auto& variable : command.environment) texts.append(variable).push_back('\0');
  *bytes = texts.size();
  return texts.data();
}

// See zygote/snapshot.h.
extern "C" [[gnu::visibility("default")]] int hearth_snapshot_take(int descriptor, int frame_kind,
                                                                   uint64_t bytes_max) {
  return hearth::zygote::take_snapshot(descriptor, static_cast<uint8_t>(frame_kind), bytes_max);
}

extern "C" [[gnu::visibility("default")]] int hearth_snapshot_restore(const char* path, const char* message,
                                                                      size_t bytes) {
  return hearth::zygote::restore_snapshot(path, {message, bytes});
}

extern "C" [[gnu::visibility("default")]] const char* hearth_snapshot_message(size_t* bytes) {
  const auto message = hearth::zygote::restored_message();
  *bytes = message.size();
  return message.data();
}
