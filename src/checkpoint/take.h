// Checkpoints: a process as an image that others can begin as. Whoever writes it down is the process itself,
// with all its threads, and whoever becomes one is a fresh process of its own making: neither needs
// privileges, a tool of the host or anything of the kernel but what any process may ask of it.
//
//   take()          in a thread of the process: stops the others, and writes
//   main.cc         the program `restore`: becomes the process of an image, which goes on where take() was
//   called
//
// An image is memory, threads with their numbers, what signals do, descriptors, and the files of /tmp. Files
// that lie elsewhere are opened again and must be what they were; of a connection the other side is found to
// have closed it. What cannot be written down (memory or pipes shared with other processes, children, kinds
// of descriptors that are not known here) is told. The process that is made of it has the same numbers as the
// first, so it must be the first of its sandbox too.
//
// Only on x86-64.
#pragma once
#include <cstdint>
#include <string_view>

namespace hearth::checkpoint {

enum Outcome : int {
  kTaken = 0,
  kRestored = 1,
  kFailed = -1,  // `why` says it
};

// Writes the image to `descriptor` in frames (execution/runtime_pipe.h) of this kind; an empty one ends it.
// Of use once in a process. `why` has room for 256 characters.
int take(int descriptor, uint8_t frame_kind, uint64_t bytes_max, char* why);

// After kRestored: the variables that the program was given, "NAME=value", each ended by a zero.
std::string_view variables();

}  // namespace hearth::checkpoint
