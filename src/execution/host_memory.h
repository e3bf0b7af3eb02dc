// How much memory the host has, and has left.
//
// Threads: any. Asking takes the kernel tens of microseconds.
#pragma once
#include <cstdint>

namespace hearth::execution {

// All of it.
uint64_t host_memory_bytes();
// Share of the host's memory that is free or can be made so; 100 where the host does not tell.
uint64_t memory_free_percent();

}  // namespace hearth::execution
