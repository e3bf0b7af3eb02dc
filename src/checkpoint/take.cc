#include "checkpoint/take.h"

#if defined(__x86_64__)

#include <asm/prctl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>

#include "checkpoint/workshop.h"

// Of the C library: where a thread has its area for restartable sequences.
extern "C" {
[[gnu::weak]] extern const ptrdiff_t __rseq_offset;
[[gnu::weak]] extern const unsigned __rseq_size;
}

namespace hearth::checkpoint {
namespace {

constexpr int kStopSignal = 62;  // which neither the C library nor a virtual machine has a use for
constexpr int kStopMs = 5000;

// Not of the workshop: the process that goes on reads it.
volatile Begun begun;

bool was_restored() {
  return begun.variables != 0;
}

// ---- Stopping all threads: each then stands in this handler.

void note_thread(uint32_t index, void* context) {
  Thread& thread = tables().thread[index];
  thread.id = static_cast<int>(call(SYS_gettid));
  thread.context = static_cast<uint64_t>(address(context));
  call(SYS_arch_prctl, ARCH_GET_FS, address(&thread.pointer));
  call(SYS_prctl, PR_GET_TID_ADDRESS, address(&thread.id_address));
  call(SYS_get_robust_list, 0, address(&thread.robust_list), address(&thread.robust_list_bytes));
  call(SYS_prctl, PR_GET_NAME, address(thread.name.data()));
  const bool has_sequences = &__rseq_size != nullptr && __rseq_size > 0;
  thread.sequences = has_sequences ? thread.pointer + static_cast<uint64_t>(__rseq_offset) : 0;
}

int write_process();

void stand(int, siginfo_t*, void* context) {
  Workshop& shop = workshop();
  static std::atomic<uint32_t> next;
  const uint32_t index = next.fetch_add(1);
  if (index < kThreadsMax) note_thread(index, context);
  shop.stopped.fetch_add(1);
  if (call(SYS_gettid) == shop.writer) {
    shop.answer = write_process();
    return;
  }
  while (shop.going_on.load() == 0) call(SYS_futex, address(&shop.going_on), FUTEX_WAIT, 0);
}

void pause_ms(long ms) {
  const timespec time{0, ms * 1'000'000};
  call(SYS_nanosleep, address(&time));
}

class Asked {
 public:
  bool has(int id) const {
    return std::find(ids_.begin(), ids_.begin() + count_, id) != ids_.begin() + count_;
  }
  bool full() const { return count_ + 1 >= ids_.size(); }
  void add(int id) { ids_[count_++] = id; }
  // But for those that ended before they could stop.
  uint32_t alive() const {
    const long process = call(SYS_getpid);
    return static_cast<uint32_t>(std::count_if(
        ids_.begin(), ids_.begin() + count_, [&](int id) { return call(SYS_tgkill, process, id, 0) == 0; }));
  }

 private:
  std::array<int, kThreadsMax> ids_{};
  uint32_t count_ = 0;
};

// All but this one. Those that are born meanwhile are found in the next round.
int stop_others() {
  Workshop& shop = workshop();
  Asked asked;
  for (int waited = 0;;) {
    const long folder = call(SYS_open, address("/proc/self/task"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail("its threads cannot be listed");
    bool found = false;
    const int listed = each_entry(static_cast<int>(folder), [&](const char* name) {
      const int id = static_cast<int>(parse_number(name, 10));
      if (id == shop.writer || asked.has(id)) return 0;
      if (asked.full()) return fail("it has more than %s%ld threads", "", kThreadsMax);
      if (call(SYS_tgkill, call(SYS_getpid), id, kStopSignal) != 0) return 0;
      asked.add(id);
      found = true;
      return 0;
    });
    call(SYS_close, folder);
    if (listed != 0) return listed;
    if (!found) return 0;
    for (; shop.stopped.load() < asked.alive(); ++waited) {
      if (waited == kStopMs) return fail("a thread does not stop");
      pause_ms(1);
    }
  }
}

// ---- Writing. Everybody else stands.

int describe_process() {
  head().magic = kMagic;
  head().process = static_cast<int>(call(SYS_getpid));
  head().threads = workshop().stopped.load();
  head().begun = static_cast<uint64_t>(address(&begun));
  head().creation_mask = static_cast<uint32_t>(call(SYS_umask, 0));
  call(SYS_umask, head().creation_mask);
  const long size = call(SYS_getcwd, address(workshop().path), sizeof Workshop::path);
  if (size < 0 || add_text(workshop().path, head().directory) != 0)
    return fail("its working directory is not known");
  call(SYS_rt_sigaction, kStopSignal, address(&workshop().action), 0, 8);
  for (int signal = 1; signal <= kSignals; ++signal)
    call(SYS_rt_sigaction, signal, 0, address(&head().actions[static_cast<size_t>(signal) - 1]), 8);
  if (!read_text("/proc/self/stat", workshop().text, sizeof Workshop::text))
    return fail("its memory cannot be described");
  const char* text = std::strrchr(workshop().text, ')');
  std::array<uint64_t, 53> fields{};  // by their numbers in the manual
  for (size_t number = 3; text != nullptr && number < fields.size(); ++number) {
    text = std::strchr(text, ' ');
    if (text == nullptr) break;
    ++text;
    if (*text >= '0' && *text <= '9') fields[number] = parse_number(text, 10);
  }
  head().memory = {
      fields[26], fields[27], fields[45], fields[46], fields[47], static_cast<uint64_t>(call(SYS_brk)),
      fields[28], fields[48], fields[49], fields[50], fields[51]};
  return 0;
}

int write_process() {
  constexpr int kFirst = 2;  // after the one that its sandbox was made with
  if (call(SYS_getpid) != kFirst) return fail("it is not the first process of its sandbox");
  siginfo_t info;
  if (call(SYS_waitid, P_ALL, 0, address(&info), WEXITED | WNOHANG | WNOWAIT | __WALL) != -ECHILD)
    return fail("it has child processes");
  workshop().pagemap = call(SYS_open, address("/proc/self/pagemap"), O_RDONLY | O_CLOEXEC);
  if (workshop().pagemap < 0) return fail("its memory cannot be examined");
  tables().text[0] = '\0';
  head().text_bytes = 1;
  int done = describe_process();
  if (done == 0) done = list_descriptors();
  if (done == 0) done = list_files();
  if (done == 0) done = list_areas();
  call(SYS_close, workshop().pagemap);
  return done == 0 ? send_image() : done;
}

}  // namespace

int take(int descriptor, uint8_t frame_kind, uint64_t bytes_max, char* why) {
  void* const place = ::mmap(at(kWriterBegin), whole_pages(sizeof(Workshop)), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
  if (place != at(kWriterBegin)) {
    std::strcpy(why, "its memory has no room for what writes it down");
    return kFailed;
  }
  Workshop& shop = workshop();
  shop.writer = static_cast<int>(call(SYS_gettid));
  shop.descriptor = descriptor;
  shop.frame_kind = frame_kind;
  shop.bytes_max = bytes_max;
  begun.variables = 0;
  struct sigaction stop{};
  stop.sa_sigaction = stand;
  stop.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigfillset(&stop.sa_mask);
  call(SYS_rt_sigaction, kStopSignal, 0, address(&shop.action), 8);
  ::sigaction(kStopSignal, &stop, nullptr);
  shop.answer = stop_others();
  // In this thread the handler writes; it comes back from there in each process that is made of the image.
  if (shop.answer == 0) call(SYS_tgkill, call(SYS_getpid), shop.writer, kStopSignal);
  if (was_restored()) return kRestored;
  std::memcpy(why, shop.why, sizeof shop.why);
  const int answer = shop.answer;
  shop.going_on.store(1);
  call(SYS_futex, address(&shop.going_on), FUTEX_WAKE, static_cast<long>(kThreadsMax));
  return answer;
}

std::string_view variables() {
  return was_restored() ? std::string_view(at(begun.variables), begun.bytes) : std::string_view();
}

}  // namespace hearth::checkpoint

#else

#include <cstring>

namespace hearth::checkpoint {

int take(int, uint8_t, uint64_t, char* why) {
  std::strcpy(why, "this machine's kind is not known");
  return kFailed;
}
std::string_view variables() {
  return {};
}

}  // namespace hearth::checkpoint

#endif
