// Snapshots of processes that are forks of one zygote: what one of them has written, as an image that any
// other fork of that zygote can take over. Libraries, stack and thread-local memory lie at the same addresses
// in all of them, so no program but the process itself takes part, and none with privileges.
//
//   prepare_snapshots()   in the zygote, before it forks
//   take_snapshot()       in one fork: writes the image
//   restore_snapshot()    in another: its memory becomes the image's, and the program goes on where
//                         take_snapshot() was called, as kRestored
//
// An image is memory, registers and what signals do. It has no descriptors, threads or children: the program
// sees to the first, and a process with the others cannot be taken. The image comes from a function's code
// and is trusted with nothing but the process that takes it over, which is that function's own.
//
// Only on x86-64; elsewhere preparing does nothing and the others say so.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hearth::zygote {

enum Outcome : int {
  kTaken = 0,
  kRestored = 1,
  // Of take_snapshot().
  kNotPrepared = -1,   // not a fork of a zygote that prepared for it, or not this machine's kind
  kSharedMemory = -2,  // memory is shared with others
  kTooLarge = -3,
  kTooManyParts = -4,
  kUnreadable = -5,
  kThreads = -6,
  kChildren = -7,
  // Of restore_snapshot(), which has changed nothing then.
  kNoImage = -8,
  kOtherZygote = -9,
};

void prepare_snapshots();

// Writes the image to `descriptor` in frames (execution/runtime_pipe.h) of this kind; an empty one ends it.
int take_snapshot(int descriptor, uint8_t frame_kind, uint64_t bytes_max);

// Returns only when it cannot be done. A process whose memory is changed already when something fails ends.
// `message` is for the program that goes on.
int restore_snapshot(const char* path, std::string_view message);
std::string_view restored_message();

}  // namespace hearth::zygote
