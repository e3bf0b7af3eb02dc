// The program that becomes the process of an image (take.h): restore IMAGE DESCRIPTOR. The process finds the
// variables that this was started with (Begun). It is the first
// process of a sandbox, has no library, and lies where no image has anything. What cannot be restored is told
// to the descriptor in a frame of the kind kRefused (execution/runtime_pipe.h) before anything is changed;
// when something fails after that, the process ends.
#include <asm/prctl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "checkpoint/image.h"
#include "checkpoint/take.h"

namespace {

using namespace hearth::checkpoint;

constexpr char kRefused = 10;
constexpr int kBroken = 70;  // exit status
constexpr uint64_t kTransit = kOwnBegin + (uint64_t{1} << 28);
constexpr size_t kOwnAreasMax = 64;
constexpr uint32_t kSequencesSignature = 0x53053053;  // the C library's
constexpr uint32_t kSequencesBytes = 32;

extern "C" {
alignas(16) char hearth_restore_stack[262144];
}
// Of zeros; a constructor would be nobody's to call.
alignas(Tables) char tables_place[sizeof(Tables)];
Tables& tables = reinterpret_cast<Tables&>(tables_place);
char variables[256 * 1024];
size_t variables_bytes = 0;
char text[16 * 1024];
char piece[64 * 1024];
alignas(16) char small_stack[4096];  // of threads that only take a number
struct {
  uint64_t begin, end;
} own_areas[kOwnAreasMax];
size_t own_count = 0;
SystemArea own_system[kSystemAreasMax];
uint32_t own_system_count = 0;
uint32_t all_there = 0;  // a futex: threads may go on

[[noreturn]] void end() {
  call(SYS_exit_group, kBroken);
  __builtin_unreachable();
}

void must(bool done) {
  if (!done) end();
}

bool begins(const char* text, const char* with) {
  for (; *with != '\0'; ++text, ++with) {
    if (*text != *with) return false;
  }
  return true;
}

const char* text_at(uint32_t place) {
  return &tables.text[place];
}

bool read_at(long file, void* to, uint64_t bytes, uint64_t place) {
  uint64_t done = 0;
  while (done < bytes) {
    const long size = call(SYS_pread64, file, address(static_cast<char*>(to) + done),
                           static_cast<long>(bytes - done), static_cast<long>(place + done));
    if (size <= 0) return false;
    done += static_cast<uint64_t>(size);
  }
  return true;
}

template <typename Array>
bool read_part(long image, Array& array, uint32_t count) {
  const uint64_t place = static_cast<uint64_t>(address(&array) - address(&tables));
  return count <= array.size() && read_at(image, &array, count * sizeof(array[0]), place);
}

bool read_tables(long image) {
  const Head& head = tables.head;
  return read_at(image, &tables.head, sizeof(Head), 0) && head.magic == kMagic &&
         head.system_areas <= kSystemAreasMax && read_part(image, tables.area, head.areas) &&
         read_part(image, tables.thread, head.threads) &&
         read_part(image, tables.descriptor, head.descriptors) &&
         read_part(image, tables.watch, head.watches) && read_part(image, tables.file, head.files) &&
         read_part(image, tables.text, head.text_bytes);
}

// Behind the program's options and an empty one; false when they are too many.
bool keep_variables(const char* const* all) {
  for (; *all != nullptr; ++all) {
    const char* variable = *all;
    do {
      if (variables_bytes == sizeof variables) return false;
      variables[variables_bytes++] = *variable;
    } while (*variable++ != '\0');
  }
  return true;
}

// ---- Before anything is changed.

[[noreturn]] void refuse(int descriptor, const char* why, const char* what = "") {
  char frame[512];
  size_t size = 5;
  for (const char* part : {why, what}) {
    for (; *part != '\0' && size < sizeof frame; ++part) frame[size++] = *part;
  }
  for (int byte = 0; byte < 4; ++byte) frame[byte] = static_cast<char>((size - 5) >> (8 * byte));
  frame[4] = kRefused;
  call(SYS_write, descriptor, address(frame), static_cast<long>(size));
  call(SYS_exit_group, 0);
  __builtin_unreachable();
}

bool is_there(const Source& source) {
  struct stat info{};
  return source.path == 0 || source.inode == 0 ||
         (call(SYS_stat, address(text_at(source.path)), address(&info)) == 0 && source.is(source_of(info)));
}

bool know_own_areas() {
  return each_mapping(text, sizeof text, -1, [](const Mapping& mapping) {
           if (mapping.begin >= kOwnBegin && mapping.end <= kOwnEnd) return 0;
           if (begins(mapping.name, "[vsyscall]")) return 0;
           if (begins(mapping.name, "[vvar") || begins(mapping.name, "[vdso]")) {
             if (own_system_count == kSystemAreasMax) return -1;
             own_system[own_system_count++] = {mapping.begin, mapping.end};
             return 0;
           }
           if (own_count == kOwnAreasMax) return -1;
           own_areas[own_count++] = {mapping.begin, mapping.end};
           return 0;
         }) == 0;
}

bool has_same_system_areas() {
  if (own_system_count != tables.head.system_areas) return false;
  for (uint32_t index = 0; index < own_system_count; ++index) {
    const SystemArea& own = own_system[index];
    const SystemArea& wanted = tables.head.system[index];
    if (own.end - own.begin != wanted.end - wanted.begin) return false;
    if (own.begin - own_system[0].begin != wanted.begin - tables.head.system[0].begin) return false;
  }
  return true;
}

void check(int told) {
  if (call(SYS_getpid) != tables.head.process || call(SYS_gettid) != tables.head.process)
    refuse(told, "another process was there before it");
  if (!know_own_areas() || !has_same_system_areas()) refuse(told, "it was written down on another kernel");
  for (uint32_t index = 0; index < tables.head.areas; ++index) {
    const Source& source = tables.area[index].source;
    const bool known = index > 0 && tables.area[index - 1].source.path == source.path;
    if (!known && !is_there(source)) refuse(told, "a file is not what it was: ", text_at(source.path));
  }
  for (uint32_t index = 0; index < tables.head.descriptors; ++index) {
    const Source& source = tables.descriptor[index].source;
    if (!is_there(source)) refuse(told, "a file is not what it was: ", text_at(source.path));
  }
}

// ---- Files and descriptors.

void make_files(long image) {
  for (uint32_t index = 0; index < tables.head.files; ++index) {
    const TmpFile& file = tables.file[index];
    const long path = address(text_at(file.path));
    if (S_ISLNK(file.mode)) {
      must(call(SYS_symlink, address(text_at(file.link)), path) == 0);
      continue;
    }
    if (S_ISDIR(file.mode)) {
      must(call(SYS_mkdir, path, 0700) == 0);
      continue;
    }
    const long made = call(SYS_open, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(made >= 0);
    for (uint64_t done = 0; done < file.bytes;) {
      const uint64_t size = file.bytes - done < sizeof piece ? file.bytes - done : sizeof piece;
      must(read_at(image, piece, size, file.place + done));
      must(call(SYS_write, made, address(piece), static_cast<long>(size)) == static_cast<long>(size));
      done += size;
    }
    call(SYS_close, made);
  }
  // Folders last, as one may be closed to writing.
  for (uint32_t index = tables.head.files; index-- > 0;) {
    const TmpFile& file = tables.file[index];
    if (!S_ISLNK(file.mode)) must(call(SYS_chmod, address(text_at(file.path)), file.mode & 07777) == 0);
  }
}

// Of a connection that its other side has closed.
long closed_connection() {
  int pair[2] = {-1, -1};
  must(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, address(pair)) == 0);
  call(SYS_close, pair[1]);
  return pair[0];
}

long listener(const Descriptor& it) {
  const long made = call(SYS_socket, it.family, it.type, 0);
  const int reuse = 1;
  call(SYS_setsockopt, made, SOL_SOCKET, SO_REUSEADDR, address(&reuse), sizeof reuse);
  must(call(SYS_bind, made, address(it.address.data()), it.address_bytes) == 0);
  if (it.type == SOCK_STREAM) must(call(SYS_listen, made, SOMAXCONN) == 0);
  return made;
}

void put(long made, const Descriptor& it) {
  must(made >= 0);
  if (made != it.number) {
    must(call(SYS_dup3, made, it.number, it.closes ? O_CLOEXEC : 0) == it.number);
    call(SYS_close, made);
  } else {
    call(SYS_fcntl, it.number, F_SETFD, it.closes ? FD_CLOEXEC : 0);
  }
}

// Both its ends, once.
void put_ends(uint32_t index) {
  const Descriptor& first = tables.descriptor[index];
  const auto belongs = [&](const Descriptor& it) { return it.kind == first.kind && it.other == first.other; };
  for (uint32_t before = 0; before < index; ++before) {
    if (belongs(tables.descriptor[before])) return;
  }
  int ends[2] = {-1, -1};
  must((first.kind == Descriptor::kPipe ? call(SYS_pipe2, address(ends), 0)
                                        : call(SYS_socketpair, AF_UNIX, first.type, 0, address(ends))) == 0);
  for (int& end : ends) {
    const long moved = call(SYS_fcntl, end, F_DUPFD, kDescriptorMax);
    call(SYS_close, end);
    end = static_cast<int>(moved);
  }
  for (uint32_t other = index; other < tables.head.descriptors; ++other) {
    const Descriptor& it = tables.descriptor[other];
    if (!belongs(it)) continue;
    const int end = ends[it.place == 0 ? 0 : 1];
    call(SYS_fcntl, end, F_SETFL, it.flags);
    put(call(SYS_dup, end), it);
  }
  for (const int end : ends) call(SYS_close, end);
}

void put_descriptor(uint32_t index) {
  const Descriptor& it = tables.descriptor[index];
  switch (it.kind) {
    case Descriptor::kGiven:
      call(SYS_fcntl, it.number, F_SETFD, it.closes ? FD_CLOEXEC : 0);
      return;
    case Descriptor::kCopy:
      put(call(SYS_dup, static_cast<long>(it.other)), it);
      return;
    case Descriptor::kOpened:
      put(call(SYS_open, address(text_at(it.source.path)), it.flags), it);
      if (it.place != 0) call(SYS_lseek, it.number, static_cast<long>(it.place), 0);
      return;
    case Descriptor::kConnection:
      put(closed_connection(), it);
      break;
    case Descriptor::kListener:
      put(listener(it), it);
      break;
    case Descriptor::kPipe:
    case Descriptor::kPair:
      put_ends(index);
      return;
    case Descriptor::kCounter:
      put(call(SYS_eventfd2, static_cast<long>(it.place), it.other != 0 ? EFD_SEMAPHORE : 0), it);
      break;
    case Descriptor::kWatch:
      put(call(SYS_epoll_create1, 0), it);
      break;
  }
  call(SYS_fcntl, it.number, F_SETFL, it.flags);
}

void put_descriptors() {
  call(SYS_close_range, kGivenDescriptors, kDescriptorMax - 1, 0);
  for (uint32_t index = 0; index < tables.head.descriptors; ++index) put_descriptor(index);
  for (uint32_t index = 0; index < tables.head.watches; ++index) {
    const Watch& watch = tables.watch[index];
    epoll_event event{};
    event.events = watch.events;
    event.data.u64 = watch.data;
    call(SYS_epoll_ctl, watch.set, EPOLL_CTL_ADD, watch.number, address(&event));
  }
}

// ---- Memory.

void move_area(uint64_t from, uint64_t to, uint64_t bytes) {
  must(call(SYS_mremap, static_cast<long>(from), static_cast<long>(bytes), static_cast<long>(bytes),
            MREMAP_MAYMOVE | MREMAP_FIXED, static_cast<long>(to)) == static_cast<long>(to));
}

// By a place that is nobody's, as the two may overlap.
void move_system_areas() {
  const uint64_t first = own_system[0].begin;
  for (uint32_t index = 0; index < own_system_count; ++index) {
    const SystemArea& own = own_system[index];
    move_area(own.begin, kTransit + (own.begin - first), own.end - own.begin);
  }
  for (uint32_t index = 0; index < own_system_count; ++index) {
    const SystemArea& own = own_system[index];
    move_area(kTransit + (own.begin - first), tables.head.system[index].begin, own.end - own.begin);
  }
}

void put_area(const Area& area, long image) {
  const auto begin = static_cast<long>(area.begin);
  const auto bytes = static_cast<long>(area.bytes());
  long flags = MAP_FIXED | MAP_NORESERVE | (area.shared ? MAP_SHARED : MAP_PRIVATE);
  if (area.kind == Area::kEmpty || area.grows) {
    if (area.grows) flags |= MAP_GROWSDOWN | MAP_STACK;
    const long protection = area.grows ? area.protection | PROT_WRITE : area.protection;
    must(call(SYS_mmap, begin, bytes, protection, flags | MAP_ANONYMOUS, -1, 0) == begin);
    if (area.kind == Area::kContent) must(read_at(image, at(area.begin), area.bytes(), area.place));
    return;
  }
  long file = image;
  if (area.kind == Area::kFile) {
    file = call(SYS_open, address(text_at(area.source.path)), O_RDONLY | O_CLOEXEC);
    must(file >= 0);
  }
  must(call(SYS_mmap, begin, bytes, area.protection, flags, file, static_cast<long>(area.place)) == begin);
  if (file != image) call(SYS_close, file);
}

// Where the kernel thinks that the process has what; it lets the heap grow from there. Not all kernels do.
void set_places() {
  struct prctl_mm_map map{};
  const auto& memory = tables.head.memory;
  map.start_code = memory[0];
  map.end_code = memory[1];
  map.start_data = memory[2];
  map.end_data = memory[3];
  map.start_brk = memory[4];
  map.brk = memory[5];
  map.start_stack = memory[6];
  map.arg_start = memory[7];
  map.arg_end = memory[8];
  map.env_start = memory[9];
  map.env_end = memory[10];
  map.exe_fd = static_cast<uint32_t>(-1);
  call(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, address(&map), sizeof map, 0);
}

// ---- Threads.

// The calling thread is the image's now, and stands where its handler returns.
[[noreturn]] void go_on(const Thread& thread) {
  while (__atomic_load_n(&all_there, __ATOMIC_ACQUIRE) == 0)
    call(SYS_futex, address(&all_there), FUTEX_WAIT, 0);
  if (thread.robust_list != 0)
    call(SYS_set_robust_list, static_cast<long>(thread.robust_list),
         static_cast<long>(thread.robust_list_bytes));
  if (thread.sequences != 0)
    call(SYS_rseq, static_cast<long>(thread.sequences), kSequencesBytes, 0, kSequencesSignature);
  call(SYS_prctl, PR_SET_NAME, address(thread.name.data()));
  asm volatile(
      "mov %0, %%rsp\n"
      "mov %1, %%eax\n"
      "syscall\n"
      :
      : "r"(thread.context), "i"(SYS_rt_sigreturn)
      : "memory");
  __builtin_unreachable();
}

// Below what it has on its stack, which a return from the handler no longer reads, is room to begin.
extern "C" long hearth_start_thread(uint64_t flags, uint64_t top, int* parent_id, int* child_id,
                                    uint64_t pointer, const Thread* thread);
extern "C" [[noreturn]] void hearth_go_on(const Thread* thread) {
  go_on(*thread);
}
asm(R"(
.text
.globl hearth_start_thread
hearth_start_thread:
  push %r12
  mov %rcx, %r10
  mov %r9, %r12
  mov $56, %eax
  syscall
  test %rax, %rax
  jz 1f
  pop %r12
  ret
1:
  xor %ebp, %ebp
  test %r12, %r12
  jz 2f
  mov %r12, %rdi
  call hearth_go_on
2:
  mov $60, %eax
  xor %edi, %edi
  syscall
)");

constexpr uint64_t kThread =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID;
constexpr uint64_t kHandlerRoom = 1024;

// With that number, which is the next one once those in between are used up.
void start_thread(const Thread& thread, int& last) {
  int id = 0;
  while (last + 1 < thread.id) {
    const auto top = static_cast<uint64_t>(address(small_stack + sizeof small_stack));
    last = static_cast<int>(hearth_start_thread(kThread | CLONE_VFORK, top, &id, nullptr, 0, nullptr));
    must(last > 0);
  }
  const uint64_t top = (thread.context - kHandlerRoom) & ~uint64_t{15};
  const uint64_t flags = kThread | CLONE_SETTLS | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  last = static_cast<int>(hearth_start_thread(flags, top, &id, reinterpret_cast<int*>(at(thread.id_address)),
                                              thread.pointer, &thread));
  must(last == thread.id);
}

[[noreturn]] void start_threads() {
  // By their numbers, and first the process's own, which is this one.
  for (uint32_t index = 1; index < tables.head.threads; ++index) {
    const Thread moved = tables.thread[index];
    uint32_t place = index;
    for (; place > 0 && tables.thread[place - 1].id > moved.id; --place)
      tables.thread[place] = tables.thread[place - 1];
    tables.thread[place] = moved;
  }
  const Thread& own = tables.thread[0];
  must(own.id == tables.head.process);
  call(SYS_arch_prctl, ARCH_SET_FS, static_cast<long>(own.pointer));
  call(SYS_set_tid_address, static_cast<long>(own.id_address));
  int last = own.id;
  for (uint32_t index = 1; index < tables.head.threads; ++index) start_thread(tables.thread[index], last);
  __atomic_store_n(&all_there, 1, __ATOMIC_RELEASE);
  call(SYS_futex, address(&all_there), FUTEX_WAKE, static_cast<long>(kThreadsMax));
  go_on(own);
}

[[noreturn]] void become(long image) {
  const Head& head = tables.head;
  call(SYS_rt_sigprocmask, SIG_SETMASK, address(&kAllSignals), 0, 8);
  call(SYS_umask, 0);
  make_files(image);
  put_descriptors();
  must(call(SYS_chdir, address(text_at(head.directory))) == 0);
  call(SYS_umask, head.creation_mask);
  for (size_t index = 0; index < own_count; ++index) {
    const auto& own = own_areas[index];
    call(SYS_munmap, static_cast<long>(own.begin), static_cast<long>(own.end - own.begin));
  }
  move_system_areas();
  for (uint32_t index = 0; index < head.areas; ++index) put_area(tables.area[index], image);
  call(SYS_close, image);
  set_places();
  // As virtual machines do at their start.
  call(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  *reinterpret_cast<Begun*>(at(head.begun)) = {static_cast<uint64_t>(address(variables)), variables_bytes};
  for (int signal = 1; signal <= kSignals; ++signal)
    call(SYS_rt_sigaction, signal, address(&head.actions[static_cast<size_t>(signal) - 1]), 0, 8);
  start_threads();
}

}  // namespace

// `words` are what the kernel gives a program: their count, and where they are.
extern "C" [[noreturn, gnu::used]] void hearth_restore(const long* words) {
  const auto* const* options = reinterpret_cast<const char* const*>(words + 1);
  if (words[0] != 3) end();
  const char* number = options[2];
  const int told = static_cast<int>(parse_number(number, 10));
  const long opened = call(SYS_open, address(options[1]), O_RDONLY | O_CLOEXEC);
  const long image = call(SYS_fcntl, opened, F_DUPFD_CLOEXEC, kDescriptorMax);
  call(SYS_close, opened);
  if (image < 0 || !read_tables(image)) refuse(told, "there is no image");
  if (!keep_variables(options + words[0] + 1)) refuse(told, "it has too many variables");
  check(told);
  become(image);
}

asm(R"(
.text
.globl _start
_start:
  xor %ebp, %ebp
  mov %rsp, %rdi
  lea 262144+hearth_restore_stack(%rip), %rsp
  call hearth_restore
)");

// What a compiler calls on its own.
extern "C" {
void* memcpy(void* to, const void* from, size_t bytes) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
  return to;
}
void* memset(void* to, int value, size_t bytes) {
  void* begin = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
  return begin;
}
}
