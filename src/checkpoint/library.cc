// For languages that can call C: see take.h.
#include "checkpoint/take.h"

extern "C" [[gnu::visibility("default")]] int hearth_checkpoint(int descriptor, uint8_t frame_kind,
                                                                uint64_t bytes_max, char* why) {
  return hearth::checkpoint::take(descriptor, frame_kind, bytes_max, why);
}

extern "C" [[gnu::visibility("default")]] const char* hearth_checkpoint_variables(size_t* bytes) {
  const auto variables = hearth::checkpoint::variables();
  *bytes = variables.size();
  return variables.data();
}
