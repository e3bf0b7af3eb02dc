// The kernel without a C library: for code that runs while the memory, the threads or the library of its own
// process are being written down or exchanged. Only on x86-64.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace hearth::checkpoint {

constexpr uint64_t kPage = 4096;

constexpr uint64_t whole_pages(uint64_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

// The C library's own would set errno, which lies in memory that may not be there. The answer is the
// kernel's: an error is its negative number.
inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result = number;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

inline long address(const volatile void* pointer) {
  return reinterpret_cast<long>(pointer);
}
inline char* at(uint64_t where) {
  return reinterpret_cast<char*>(
      where);  // NOLINT(performance-no-int-to-ptr): addresses are what this is about
}

// What signals do, as the kernel has it, which the C library wraps.
struct SignalAction {
  uint64_t handler;
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};
constexpr int kSignals = 64;
constexpr uint64_t kAllSignals = ~uint64_t{0};

// The digits that `text` begins with, which goes behind them.
inline uint64_t parse_number(const char*& text, unsigned base) {
  uint64_t value = 0;
  for (;; ++text) {
    const char digit = *text;
    unsigned worth = base;
    if (digit >= '0' && digit <= '9') worth = static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') worth = static_cast<unsigned>(digit - 'a') + 10;
    if (worth >= base) return value;
    value = value * base + worth;
  }
}

// A line of /proc/self/maps.
struct Mapping {
  uint64_t begin;
  uint64_t end;
  uint64_t place;  // in the file
  uint64_t inode;
  uint32_t device;
  uint32_t protection;
  bool shared;
  const char* name;  // a path, "[stack]" or the like, or empty

  uint64_t bytes() const { return end - begin; }
};

// "begin-end rwxp offset major:minor inode   name"
inline Mapping parse_mapping(const char* text) {
  Mapping mapping{};
  mapping.begin = parse_number(text, 16);
  mapping.end = parse_number(++text, 16);
  if (*++text == 'r') mapping.protection |= PROT_READ;
  if (*++text == 'w') mapping.protection |= PROT_WRITE;
  if (*++text == 'x') mapping.protection |= PROT_EXEC;
  mapping.shared = *++text == 's';
  text += 2;
  mapping.place = parse_number(text, 16);
  mapping.device = static_cast<uint32_t>(parse_number(++text, 16) << 20);
  mapping.device |= static_cast<uint32_t>(parse_number(++text, 16));
  mapping.inode = parse_number(++text, 10);
  while (*text == ' ') ++text;
  mapping.name = text;
  return mapping;
}

// Calls take(mapping) for each of this process, in order, until one does not answer 0, which it returns; or
// `unreadable`. `text` is room for a few lines.
template <typename Take>
int each_mapping(char* text, size_t room, int unreadable, Take take) {
  const long file = call(SYS_open, address("/proc/self/maps"), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable;
  size_t held = 0;
  int answer = 0;
  while (answer == 0) {
    const long size = call(SYS_read, file, address(text + held), static_cast<long>(room - held));
    if (size <= 0) {
      answer = size == 0 ? 0 : unreadable;
      break;
    }
    held += static_cast<size_t>(size);
    size_t line = 0;
    for (size_t here = 0; here < held && answer == 0; ++here) {
      if (text[here] != '\n') continue;
      text[here] = '\0';
      answer = take(parse_mapping(text + line));
      line = here + 1;
    }
    held -= line;
    for (size_t here = 0; here < held; ++here) text[here] = text[line + here];
  }
  call(SYS_close, file);
  return answer;
}

}  // namespace hearth::checkpoint
