#include "zygote/snapshot.h"

#include <cerrno>

#if defined(__x86_64__)

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "checkpoint/frames.h"
#include "checkpoint/pages.h"

// Puts the registers that a call keeps on the stack, goes over to another stack and calls function(where they
// lie, argument) there. hearth_resume() comes back from that call, in whatever process has that stack.
asm(R"(
.text
.hidden hearth_on_stack
.hidden hearth_resume
.globl hearth_on_stack
.globl hearth_resume
hearth_on_stack:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  sub $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  mov %rsp, %rbx
  mov %rdi, %rsp
  mov %rsi, %rax
  mov %rbx, %rdi
  mov %rdx, %rsi
  call *%rax
  mov %rbx, %rdi
  mov %eax, %esi
hearth_resume:
  mov %rdi, %rsp
  mov %esi, %eax
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  add $8, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
)");

extern "C" {
int hearth_on_stack(void* top, int (*function)(uint64_t saved, void* argument), void* argument);
[[noreturn]] void hearth_resume(uint64_t saved, int value);
}

namespace hearth::zygote {
namespace {

using namespace checkpoint;

constexpr size_t kPartsMax = 8192;
constexpr uint64_t kMagic = 0x31746f6873706e73;
constexpr int kBroken = 70;  // exit status

enum Kind : uint32_t {
  kOthers,   // nobody writes to it, and the zygote has it too: it is there in each fork
  kContent,  // in the image
  kEmpty,    // nobody has touched it
  kStack,    // in the image, and grows
};

// A range of addresses, as the kernel's map has it or as the image does.
struct Part {
  uint64_t begin;
  uint64_t end;
  uint64_t place;  // in the file: the mapped one, or with kContent and kStack the image
  uint64_t inode;
  uint32_t device;
  uint32_t protection;
  uint32_t kind;
  uint32_t shared;

  bool is(const Part& other) const {
    return begin == other.begin && end == other.end && inode == other.inode && device == other.device &&
           protection == other.protection && shared == other.shared && (inode == 0 || place == other.place);
  }
  uint64_t bytes() const { return end - begin; }
};

struct Head {
  uint64_t magic;
  std::array<uint8_t, 16> zygote;
  uint64_t parts;
  uint64_t stack_pointer;
  uint64_t program_break;
  uint64_t signal_mask;
  stack_t signal_stack;
  std::array<SignalAction, kSignals> actions;
};

// What this works on and with, in memory of its own that no image has and no restoring changes.
struct Workshop {
  struct {
    Head head;
    std::array<Part, kPartsMax> parts;
  } image;
  std::array<Part, kPartsMax> others;
  size_t others_count;
  std::array<uint8_t, 16> zygote;
  int* thread_id;
  std::array<char, 64 * 1024> text;
  std::array<uint64_t, 8 * 1024> pages;
  std::array<char, 256 * 1024> message;
  size_t message_bytes;
  alignas(16) std::array<char, 128 * 1024> stack;

  uint64_t begin() const { return reinterpret_cast<uint64_t>(this); }
  void* stack_top() { return stack.data() + stack.size(); }
};

Workshop* workshop = nullptr;

[[noreturn]] void give_up() {
  call(SYS_exit_group, kBroken);
  __builtin_unreachable();
}

Part part_of(const Mapping& mapping) {
  return {.begin = mapping.begin,
          .end = mapping.end,
          .place = mapping.place,
          .inode = mapping.inode,
          .device = mapping.device,
          .protection = mapping.protection,
          .kind = std::strncmp(mapping.name, "[stack]", 7) == 0 ? kStack : kContent,
          .shared = mapping.shared};
}

// Calls take(part) for each mapping of this process, in order, until one does not answer 0.
template <typename Take>
int each_part(Take take) {
  auto& text = workshop->text;
  return each_mapping(text.data(), text.size(), kUnreadable,
                      [&](const Mapping& mapping) { return take(part_of(mapping)); });
}

// Finds parts of a sorted list by walking along.
class Walk {
 public:
  Walk(const Part* begin, const Part* end) : next_(begin), end_(end) {}
  // The first that does not end before that address.
  const Part* from(uint64_t where) {
    while (next_ != end_ && next_->end <= where) ++next_;
    return next_;
  }
  bool at_end() const { return next_ == end_; }

 private:
  const Part* next_;
  const Part* end_;
};

bool is_workshop(const Part& part) {
  return part.begin == workshop->begin();
}

// ---- Taking.

class Taking {
 public:
  Taking(int descriptor, uint8_t frame_kind, uint64_t bytes_max)
      : frames_(descriptor, frame_kind, workshop->text.data(), workshop->text.size()),
        bytes_max_(bytes_max) {}

  int run(uint64_t stack_pointer) {
    Walk others(workshop->others.data(), workshop->others.data() + workshop->others_count);
    const int collected = each_part([&](const Part& part) -> int {
      if (is_workshop(part)) return 0;
      const Part* other = others.from(part.begin);
      if (!others.at_end() && other->is(part)) return add(part, kOthers, part.begin, part.end);
      if (part.shared && (part.protection & PROT_WRITE)) return kSharedMemory;
      if (part.kind == kStack || part.inode != 0)
        return add(part, static_cast<Kind>(part.kind), part.begin, part.end);
      return add_touched(part);
    });
    if (collected != 0) return collected;
    fill_head(stack_pointer);
    uint64_t place = whole_pages(sizeof(Head) + count_ * sizeof(Part));
    const uint64_t head_bytes = place;
    for (Part* part = parts_; part != parts_ + count_; ++part) {
      if (part->kind != kContent && part->kind != kStack) continue;
      part->place = place;
      place += part->bytes();
    }
    if (place > bytes_max_) return kTooLarge;
    bool sent = frames_.send(reinterpret_cast<uint64_t>(&workshop->image), head_bytes);
    for (const Part* part = parts_; sent && part != parts_ + count_; ++part) {
      if (part->kind == kContent || part->kind == kStack)
        sent = frames_.send(part->begin, part->bytes(), part->protection);
    }
    return sent && frames_.end() ? 0 : kUnreadable;
  }

 private:
  int add(const Part& part, Kind kind, uint64_t begin, uint64_t end) {
    Part* const last = parts_ + count_ - 1;
    const bool goes_on = kind == kContent && count_ > 0 && last->kind == kind && last->end == begin &&
                         last->protection == part.protection;
    if (goes_on) {
      last->end = end;
      return 0;
    }
    if (count_ == kPartsMax) return kTooManyParts;
    Part& added = parts_[count_++] = part;
    added.kind = kind;
    added.begin = begin;
    added.end = end;
    return 0;
  }

  // Of memory without a file only what was touched.
  int add_touched(const Part& part) {
    if (pagemap_ < 0) pagemap_ = call(SYS_open, address("/proc/self/pagemap"), O_RDONLY | O_CLOEXEC);
    const auto touched = [](Page page) { return page.is_there() || page.is_swapped(); };
    const auto take = [&](uint64_t begin, uint64_t end, bool is_content) {
      return add(part, is_content ? kContent : kEmpty, begin, end);
    };
    return each_run(pagemap_, workshop->pages, part.begin, part.end, kUnreadable, touched, take);
  }

  void fill_head(uint64_t stack_pointer) const {
    Head& head = workshop->image.head;
    head.magic = kMagic;
    head.zygote = workshop->zygote;
    head.parts = count_;
    head.stack_pointer = stack_pointer;
    head.program_break = static_cast<uint64_t>(call(SYS_brk, 0));
    call(SYS_rt_sigprocmask, SIG_BLOCK, 0, address(&head.signal_mask), 8);
    call(SYS_sigaltstack, 0, address(&head.signal_stack));
    for (int signal = 1; signal <= kSignals; ++signal)
      call(SYS_rt_sigaction, signal, 0, address(&head.actions[static_cast<size_t>(signal) - 1]), 8);
  }

  const Frames frames_;
  uint64_t bytes_max_;
  long pagemap_ = -1;
  Part* parts_ = workshop->image.parts.data();
  size_t count_ = 0;
};

bool says(const char* path, const char* what) {
  const long file = call(SYS_open, address(path), O_RDONLY | O_CLOEXEC);
  auto& text = workshop->text;
  const long size = call(SYS_read, file, address(text.data()), static_cast<long>(text.size() - 1));
  call(SYS_close, file);
  text[static_cast<size_t>(std::max(0L, size))] = '\0';
  return std::strstr(text.data(), what) != nullptr;
}

// ---- Restoring.

class Restoring {
 public:
  explicit Restoring(const char* path) : path_(path) {}

  int run() {
    file_ = call(SYS_open, address(path_), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) return kNoImage;
    const int fits = check();
    if (fits != 0) {
      call(SYS_close, file_);
      return fits;
    }
    uint64_t all = ~uint64_t{0};
    call(SYS_rt_sigprocmask, SIG_SETMASK, address(&all), 0, 8);
    // First, as the kernel moves it only while what lies there is the heap.
    if (call(SYS_brk, static_cast<long>(head_.program_break)) != static_cast<long>(head_.program_break))
      give_up();
    Walk parts(begin(), end());
    for (const Part* part = here(); part != here() + here_count_; ++part) unmap_rest(*part, parts);
    for (const Part* part = begin(); part != end(); ++part) put(*part);
    call(SYS_close, file_);
    settle();
    hearth_resume(head_.stack_pointer, kRestored);
  }

 private:
  const Part* begin() const { return workshop->image.parts.data(); }
  const Part* end() const { return begin() + head_.parts; }

  // What is mapped in this process, in the place of what it could write down.
  static Part* here() { return workshop->others.data(); }

  // Whether it is an image of this zygote's, and what it leaves to others is here.
  int check() {
    constexpr auto kHeadBytes = static_cast<long>(sizeof(Head));
    if (call(SYS_pread64, file_, address(&head_), kHeadBytes, 0) != kHeadBytes) return kNoImage;
    if (head_.magic != kMagic || head_.parts > kPartsMax) return kNoImage;
    if (head_.zygote != workshop->zygote) return kOtherZygote;
    const auto bytes = static_cast<long>(head_.parts * sizeof(Part));
    if (call(SYS_pread64, file_, address(begin()), bytes, kHeadBytes) != bytes) return kNoImage;
    const int listed = each_part([this](const Part& part) -> int {
      if (here_count_ == kPartsMax) return kTooManyParts;
      here()[here_count_++] = part;
      return 0;
    });
    if (listed != 0) return listed;
    Walk mappings(here(), here() + here_count_);
    for (const Part* part = begin(); part != end(); ++part) {
      if (part->kind != kOthers) continue;
      const Part* there = mappings.from(part->begin);
      if (mappings.at_end() || !there->is(*part)) return kOtherZygote;
    }
    return 0;
  }

  // What the image has nothing for. What it has is exchanged in one step, as the kernel itself may write to
  // some of it at any time.
  static void unmap_rest(const Part& part, Walk& parts) {
    if (is_workshop(part) || part.kind == kStack) return;
    uint64_t where = part.begin;
    while (where < part.end) {
      const Part* next = parts.from(where);
      const uint64_t stop = parts.at_end() ? part.end : std::min(part.end, std::max(where, next->begin));
      if (stop > where) call(SYS_munmap, static_cast<long>(where), static_cast<long>(stop - where));
      if (parts.at_end()) return;
      where = std::max(stop, next->end);
    }
  }

  void put(const Part& part) const {
    constexpr long kFlags = MAP_PRIVATE | MAP_FIXED;
    const auto where = static_cast<long>(part.begin);
    const auto bytes = static_cast<long>(part.bytes());
    switch (part.kind) {
      case kOthers:
        return;
      case kContent:
        if (call(SYS_mmap, where, bytes, part.protection, kFlags, file_, static_cast<long>(part.place)) !=
            where)
          give_up();
        return;
      case kEmpty:
        if (call(SYS_mmap, where, bytes, part.protection, kFlags | MAP_ANONYMOUS, -1, 0) != where) give_up();
        return;
      case kStack: {
        *static_cast<volatile char*>(at(part.begin)) = 0;  // the kernel lets it grow down to there
        long done = 0;
        while (done < bytes) {
          const long size =
              call(SYS_pread64, file_, where + done, bytes - done, static_cast<long>(part.place) + done);
          if (size <= 0) give_up();
          done += size;
        }
        return;
      }
      default:
        give_up();
    }
  }

  void settle() const {
    *workshop->thread_id = static_cast<int>(call(SYS_gettid));
    for (int signal = 1; signal <= kSignals; ++signal)
      call(SYS_rt_sigaction, signal, address(&head_.actions[static_cast<size_t>(signal) - 1]), 0, 8);
    call(SYS_sigaltstack, address(&head_.signal_stack), 0);
    call(SYS_rt_sigprocmask, SIG_SETMASK, address(&head_.signal_mask), 0, 8);
  }

  const char* path_;
  long file_ = -1;
  size_t here_count_ = 0;
  const Head& head_ = workshop->image.head;
};

}  // namespace

void prepare_snapshots() {
  const uint64_t bytes = whole_pages(sizeof(Workshop));
  // Between two pages that nobody may touch, it stays a mapping of its own.
  void* place = ::mmap(nullptr, bytes + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return;
  char* const begin = static_cast<char*>(place) + kPage;
  if (::mprotect(begin, bytes, PROT_READ | PROT_WRITE) != 0) return;
  workshop = reinterpret_cast<Workshop*>(begin);
  const bool random = call(SYS_getrandom, address(workshop->zygote.data()), 16) == 16;
  const bool thread = ::prctl(PR_GET_TID_ADDRESS, &workshop->thread_id) == 0;
  const int listed = each_part([](const Part& part) -> int {
    if ((part.protection & PROT_WRITE) != 0) return 0;
    if (workshop->others_count == kPartsMax) return kTooManyParts;
    workshop->others[workshop->others_count++] = part;
    return 0;
  });
  if (!random || !thread || listed != 0) workshop = nullptr;
}

int take_snapshot(int descriptor, uint8_t frame_kind, uint64_t bytes_max) {
  if (workshop == nullptr) return kNotPrepared;
  if (!says("/proc/self/status", "\nThreads:\t1\n")) return kThreads;
  siginfo_t info;
  if (call(SYS_waitid, P_ALL, 0, address(&info), WEXITED | WNOHANG | WNOWAIT, 0) != -ECHILD) return kChildren;
  Taking taking(descriptor, frame_kind, bytes_max);
  const auto run = [](uint64_t saved, void* argument) { return static_cast<Taking*>(argument)->run(saved); };
  return hearth_on_stack(workshop->stack_top(), run, &taking);
}

int restore_snapshot(const char* path, std::string_view message) {
  if (workshop == nullptr) return kNotPrepared;
  if (message.size() > workshop->message.size()) return kTooLarge;
  std::memcpy(workshop->message.data(), message.data(), message.size());
  workshop->message_bytes = message.size();
  // On the other stack whatever it refers to is gone halfway, so it has what it needs there.
  const auto run = [](uint64_t, void* argument) {
    return Restoring(static_cast<const char*>(argument)).run();
  };
  return hearth_on_stack(workshop->stack_top(), run, const_cast<char*>(path));
}

std::string_view restored_message() {
  return workshop ? std::string_view(workshop->message.data(), workshop->message_bytes) : std::string_view();
}

}  // namespace hearth::zygote

#else

namespace hearth::zygote {

void prepare_snapshots() {}
int take_snapshot(int, uint8_t, uint64_t) {
  return kNotPrepared;
}
int restore_snapshot(const char*, std::string_view) {
  return kNotPrepared;
}
std::string_view restored_message() {
  return {};
}

}  // namespace hearth::zygote

#endif
