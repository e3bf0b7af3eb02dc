#include "checkpoint/take.h"

#if defined(__x86_64__)

#include <asm/prctl.h>
#include <dirent.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "checkpoint/image.h"

// Of the C library: where a thread has its area for restartable sequences.
extern "C" {
[[gnu::weak]] extern const ptrdiff_t __rseq_offset;
[[gnu::weak]] extern const unsigned __rseq_size;
}

namespace hearth::checkpoint {
namespace {

constexpr int kStopSignal = 62;  // which neither the C library nor a virtual machine has a use for
constexpr int kStopMs = 5000;
constexpr uint64_t kHolePages = 32;  // fewer pages that nobody touched are written like the others
constexpr uint64_t kFrameBytes = 1 << 20;
constexpr int kFolderDepthMax = 32;

constexpr uint64_t kPresent = uint64_t{1} << 63;
constexpr uint64_t kSwapped = uint64_t{1} << 62;
constexpr uint64_t kOfFile = uint64_t{1} << 61;

// What this works with, where no image has anything.
struct Workshop {
  Tables tables;
  std::array<uint64_t, 8 * 1024> pages;
  char text[64 * 1024];
  char line[8 * 1024];
  char path[8 * 1024];
  char why[256];
  std::atomic<uint32_t> stopped;  // threads
  std::atomic<uint32_t> going_on;
  SignalAction action;  // of the signal that stops, before
  int writer;           // the thread
  int descriptor;
  uint8_t frame_kind;
  uint64_t bytes_max;
  int answer;
};

Workshop& workshop() {
  return *reinterpret_cast<Workshop*>(at(kWriterBegin));
}

// Not of the workshop: the process that goes on reads it.
volatile Begun begun;

bool was_restored() {
  return begun.variables != 0;
}

int fail(const char* format, const char* what = "", long number = 0) {
  ::snprintf(workshop().why, sizeof Workshop::why, format, what, number);
  return kFailed;
}

// As much of a small file as there is room for, as a text.
template <size_t kBytes>
bool read_text(const char* path, char (&text)[kBytes]) {
  const long file = call(SYS_open, address(path), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t held = 0;
  long size = 0;
  while ((size = call(SYS_read, file, address(text + held), static_cast<long>(kBytes - 1 - held))) > 0)
    held += static_cast<size_t>(size);
  call(SYS_close, file);
  text[held] = '\0';
  return size == 0;
}

// Calls take(name) for each entry but "." and "..", until one does not answer 0.
template <typename Take>
int each_entry(int folder, Take take) {
  alignas(8) char entries[4096];
  long size = 0;
  while ((size = call(SYS_getdents64, folder, address(entries), sizeof entries)) > 0) {
    for (long here = 0; here < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + here);
      here += entry->d_reclen;
      const char* name = entry->d_name;
      if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
      if (const int answer = take(name); answer != 0) return answer;
    }
  }
  return size == 0 ? 0 : fail("a folder cannot be read (%s%ld)", "", -size);
}

// A value after its name in one of /proc's texts.
uint64_t field(const char* text, const char* name, unsigned base) {
  const char* found = std::strstr(text, name);
  if (found == nullptr) return 0;
  found += std::strlen(name);
  while (*found == ' ' || *found == '\t') ++found;
  return parse_number(found, base);
}

// ---- Stopping all threads: each then stands in this handler.

void note_thread(uint32_t index, void* context) {
  Thread& thread = workshop().tables.thread[index];
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

class Writing {
 public:
  int run() {
    siginfo_t info;
    if (call(SYS_waitid, P_ALL, 0, address(&info), WEXITED | WNOHANG | WNOWAIT | __WALL) != -ECHILD)
      return fail("it has child processes");
    pagemap_ = call(SYS_open, address("/proc/self/pagemap"), O_RDONLY | O_CLOEXEC);
    if (pagemap_ < 0) return fail("its memory cannot be examined");
    tables_.text[0] = '\0';
    head_.text_bytes = 1;
    int done = describe_process();
    if (done == 0) done = list_descriptors();
    if (done == 0) done = list_files();
    if (done == 0) done = list_areas();
    call(SYS_close, pagemap_);
    return done == 0 ? send_all() : done;
  }

 private:
  int add_text(const char* text, uint32_t& place) {
    const size_t bytes = std::strlen(text) + 1;
    if (head_.text_bytes + bytes > kTextBytes) return fail("its files have too many names");
    place = head_.text_bytes;
    std::memcpy(&tables_.text[place], text, bytes);
    head_.text_bytes += static_cast<uint32_t>(bytes);
    return 0;
  }

  // False when that path is another file's or none's.
  bool find_source(const char* path, uint64_t inode, Source& source) {
    struct stat info{};
    if (path[0] != '/' || call(SYS_stat, address(path), address(&info)) != 0 || info.st_ino != inode)
      return false;
    if (!in_tmp(path)) source = source_of(info);
    const bool same = last_path_ != 0 && std::strcmp(&tables_.text[last_path_], path) == 0;
    if (!same && add_text(path, last_path_) != 0) return false;
    source.path = last_path_;
    return true;
  }

  int describe_process() {
    head_.magic = kMagic;
    head_.process = static_cast<int>(call(SYS_getpid));
    head_.threads = shop_.stopped.load();
    head_.begun = static_cast<uint64_t>(address(&begun));
    head_.creation_mask = static_cast<uint32_t>(call(SYS_umask, 0));
    call(SYS_umask, head_.creation_mask);
    const long size = call(SYS_getcwd, address(shop_.path), sizeof shop_.path);
    if (size < 0 || add_text(shop_.path, head_.directory) != 0)
      return fail("its working directory is not known");
    call(SYS_rt_sigaction, kStopSignal, address(&shop_.action), 0, 8);
    for (int signal = 1; signal <= kSignals; ++signal)
      call(SYS_rt_sigaction, signal, 0, address(&head_.actions[static_cast<size_t>(signal) - 1]), 8);
    if (!read_text("/proc/self/stat", shop_.text)) return fail("its memory cannot be described");
    const char* text = std::strrchr(shop_.text, ')');
    std::array<uint64_t, 53> fields{};  // by their numbers in the manual
    for (size_t number = 3; text != nullptr && number < fields.size(); ++number) {
      text = std::strchr(text, ' ');
      if (text == nullptr) break;
      ++text;
      if (*text >= '0' && *text <= '9') fields[number] = parse_number(text, 10);
    }
    head_.memory = {
        fields[26], fields[27], fields[45], fields[46], fields[47], static_cast<uint64_t>(call(SYS_brk)),
        fields[28], fields[48], fields[49], fields[50], fields[51]};
    return 0;
  }

  // ---- Descriptors.

  int list_descriptors() {
    const long folder = call(SYS_open, address("/proc/self/fd"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail("its descriptors cannot be listed");
    const int listed = each_entry(static_cast<int>(folder), [&](const char* name) {
      const long number = static_cast<long>(parse_number(name, 10));
      if (number == folder || number == pagemap_) return 0;
      return add_descriptor(static_cast<int>(number));
    });
    call(SYS_close, folder);
    return listed == 0 ? check_ends() : listed;
  }

  int add_descriptor(int number) {
    if (head_.descriptors == kDescriptorsMax || number >= kDescriptorMax)
      return fail("it has too many descriptors");
    Descriptor& it = tables_.descriptor[head_.descriptors++];
    it = {.number = number};
    ::snprintf(shop_.path, sizeof shop_.path, "/proc/self/fd/%d", number);
    const long size = call(SYS_readlink, address(shop_.path), address(shop_.text), sizeof shop_.text - 1);
    ::snprintf(shop_.path, sizeof shop_.path, "/proc/self/fdinfo/%d", number);
    if (size < 0 || !read_text(shop_.path, shop_.line))
      return fail("descriptor %s%ld cannot be examined", "", number);
    shop_.text[size] = '\0';
    it.flags = static_cast<int>(field(shop_.line, "flags:", 8));
    it.closes = (it.flags & O_CLOEXEC) != 0;
    it.flags &= ~(O_CLOEXEC | O_CREAT | O_EXCL | O_TRUNC);
    if (number < kGivenDescriptors) return 0;
    struct stat info{};
    call(SYS_fstat, number, address(&info));
    return classify(it, info);
  }

  int classify(Descriptor& it, const struct stat& info) {
    const char* name = shop_.text;
    for (int given = 0; given < kGivenDescriptors; ++given) {
      struct stat other{};
      if (call(SYS_fstat, given, address(&other)) == 0 && S_ISFIFO(info.st_mode) &&
          other.st_ino == info.st_ino && other.st_dev == info.st_dev) {
        it.kind = Descriptor::kCopy;
        it.other = static_cast<uint64_t>(given);
        return 0;
      }
    }
    if (S_ISSOCK(info.st_mode)) return add_socket(it, info.st_ino);
    if (S_ISFIFO(info.st_mode)) return add_pipe(it, info.st_ino);
    if (std::strcmp(name, "anon_inode:[eventpoll]") == 0) return add_watches(it);
    if (std::strcmp(name, "anon_inode:[eventfd]") == 0) {
      it.kind = Descriptor::kCounter;
      it.place = field(shop_.line, "eventfd-count:", 16);
      it.other = counts_by_ones(it.number, it.place) ? 1 : 0;
      return 0;
    }
    const bool known = S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISCHR(info.st_mode);
    if (!known || !find_source(name, info.st_ino, it.source))
      return fail("it has %s open (descriptor %ld)", name, it.number);
    it.kind = Descriptor::kOpened;
    it.place = field(shop_.line, "pos:", 10);
    return 0;
  }

  // Whether an eventfd is a semaphore, which kernels before 6.6 do not tell.
  static bool counts_by_ones(int counter, uint64_t count) {
    const uint64_t more = 2;
    uint64_t taken = 0;
    call(SYS_write, counter, address(&more), sizeof more);
    call(SYS_read, counter, address(&taken), sizeof taken);
    if (taken != 1) {
      if (count > 0) call(SYS_write, counter, address(&count), sizeof count);
      return false;
    }
    call(SYS_read, counter, address(&taken), sizeof taken);
    return true;
  }

  int add_socket(Descriptor& it, uint64_t inode) {
    socklen_t size = sizeof(int);
    int listens = 0;
    call(SYS_getsockopt, it.number, SOL_SOCKET, SO_DOMAIN, address(&it.family), address(&size));
    call(SYS_getsockopt, it.number, SOL_SOCKET, SO_TYPE, address(&it.type), address(&size));
    call(SYS_getsockopt, it.number, SOL_SOCKET, SO_ACCEPTCONN, address(&listens), address(&size));
    it.address_bytes = sizeof it.address;
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    const bool connected = call(SYS_getpeername, it.number, address(&peer), address(&peer_size)) == 0;
    const bool named =
        call(SYS_getsockname, it.number, address(it.address.data()), address(&it.address_bytes)) == 0;
    const bool internet = it.family == AF_INET || it.family == AF_INET6;
    it.kind = Descriptor::kConnection;
    if (listens != 0 || (it.type == SOCK_DGRAM && !connected)) {
      if (!internet || !named) return fail("it has a socket of its own (descriptor %s%ld)", "", it.number);
      it.kind = Descriptor::kListener;
    } else if (!internet && it.family != AF_UNIX) {
      return fail("it has a socket to its kernel (descriptor %s%ld)", "", it.number);
    } else if (it.family == AF_UNIX && connected && !peer_is_gone(it.number)) {
      return add_pair(it, inode);
    }
    return 0;
  }

  static bool peer_is_gone(int socket) {
    char byte = 0;
    return call(SYS_recvfrom, socket, address(&byte), 1, MSG_PEEK | MSG_DONTWAIT) == 0;
  }

  int add_pipe(Descriptor& it, uint64_t inode) {
    it.kind = Descriptor::kPipe;
    it.other = inode;
    it.place = (it.flags & O_ACCMODE) == O_RDONLY ? 0 : 1;
    return it.place == 0 ? check_read(it) : 0;
  }

  int check_read(const Descriptor& it) const {
    constexpr long kUnread = 0x541b;  // FIONREAD
    int waiting = 0;
    if (call(SYS_ioctl, it.number, kUnread, address(&waiting)) == 0 && waiting == 0) return 0;
    return fail("it has not read all of a pipe (descriptor %s%ld)", "", it.number);
  }

  // That the other end is here, too, shows when all are known.
  int add_pair(Descriptor& it, uint64_t inode) {
    const uint64_t peer = peer_of(static_cast<uint32_t>(inode));
    if (peer == 0)
      return fail("it has a socket of which the other end is not known (descriptor %s%ld)", "", it.number);
    it.kind = Descriptor::kPair;
    it.other = std::min(inode, peer);
    it.place = inode < peer ? 0 : 1;
    return check_read(it);
  }

  // The inode of the socket that this Unix one is connected to, or 0.
  uint64_t peer_of(uint32_t inode) const {
    struct {
      nlmsghdr head;
      unix_diag_req asked;
    } const question{.head = {.nlmsg_len = sizeof question,
                              .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                              .nlmsg_flags = NLM_F_REQUEST,
                              .nlmsg_seq = 1,
                              .nlmsg_pid = 0},
                     .asked = {.sdiag_family = AF_UNIX,
                               .sdiag_protocol = 0,
                               .pad = 0,
                               .udiag_states = ~0u,
                               .udiag_ino = inode,
                               .udiag_show = UDIAG_SHOW_PEER,
                               .udiag_cookie = {~0u, ~0u}}};
    const long kernel = call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (kernel < 0) return 0;
    call(SYS_write, kernel, address(&question), sizeof question);
    alignas(8) char answer[1024];
    const long size = call(SYS_read, kernel, address(answer), sizeof answer);
    call(SYS_close, kernel);
    const auto* head = reinterpret_cast<const nlmsghdr*>(answer);
    if (size < static_cast<long>(NLMSG_SPACE(sizeof(unix_diag_msg))) ||
        head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
      return 0;
    for (long here = NLMSG_SPACE(sizeof(unix_diag_msg)); here + static_cast<long>(sizeof(nlattr)) <= size;) {
      const auto* attribute = reinterpret_cast<const nlattr*>(answer + here);
      if (attribute->nla_type == UNIX_DIAG_PEER) {
        uint32_t peer = 0;
        std::memcpy(&peer, answer + here + NLA_HDRLEN, sizeof peer);
        return peer;
      }
      here += std::max<long>(NLA_ALIGN(attribute->nla_len), sizeof(nlattr));
    }
    return 0;
  }

  int check_ends() const {
    const Descriptor* const begin = tables_.descriptor.data();
    const Descriptor* const end = begin + head_.descriptors;
    for (const Descriptor* it = begin; it != end; ++it) {
      if (it->kind != Descriptor::kPair) continue;
      const bool both = std::any_of(begin, end, [&](const Descriptor& other) {
        return other.kind == it->kind && other.other == it->other && other.place != it->place;
      });
      if (!both) return fail("it has a socket to another process (descriptor %s%ld)", "", it->number);
    }
    return 0;
  }

  // "tfd:        5 events:       19 data: ffffffff00000005 ..."
  int add_watches(Descriptor& it) {
    it.kind = Descriptor::kWatch;
    for (const char* line = std::strstr(shop_.line, "tfd:"); line != nullptr;
         line = std::strstr(line + 1, "tfd:")) {
      if (head_.watches == kWatchesMax) return fail("it waits for too many descriptors");
      tables_.watch[head_.watches++] = {.set = it.number,
                                        .number = static_cast<int>(field(line, "tfd:", 10)),
                                        .events = static_cast<uint32_t>(field(line, "events:", 16)),
                                        .data = field(line, "data:", 16)};
    }
    return 0;
  }

  // ---- /tmp.

  int list_files() {
    std::strcpy(shop_.path, "/tmp");
    return list_folder(0);
  }

  // Of the path under way, which is as it was afterwards.
  int list_folder(int depth) {
    if (depth > kFolderDepthMax) return fail("its /tmp is too deep");
    const long folder = call(SYS_open, address(shop_.path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail("%s cannot be read", shop_.path);
    const size_t length = std::strlen(shop_.path);
    const int listed = each_entry(static_cast<int>(folder), [&](const char* name) {
      if (length + std::strlen(name) + 2 > sizeof shop_.path) return fail("its /tmp is too deep");
      shop_.path[length] = '/';
      std::strcpy(shop_.path + length + 1, name);
      const int added = add_file(depth);
      shop_.path[length] = '\0';
      return added;
    });
    call(SYS_close, folder);
    return listed;
  }

  int add_file(int depth) {
    if (head_.files == kFilesMax) return fail("its /tmp holds more than %s%ld files", "", kFilesMax);
    struct stat info{};
    if (call(SYS_lstat, address(shop_.path), address(&info)) != 0)
      return fail("%s cannot be examined", shop_.path);
    TmpFile& file = tables_.file[head_.files++];
    file = {.mode = info.st_mode};
    if (const int added = add_text(shop_.path, file.path); added != 0) return added;
    if (S_ISDIR(info.st_mode)) return list_folder(depth + 1);
    if (S_ISLNK(info.st_mode)) {
      const long size = call(SYS_readlink, address(shop_.path), address(shop_.line), sizeof shop_.line - 1);
      if (size < 0) return fail("%s cannot be read", shop_.path);
      shop_.line[size] = '\0';
      return add_text(shop_.line, file.link);
    }
    if (!S_ISREG(info.st_mode)) return fail("%s is neither file nor directory", shop_.path);
    file.bytes = static_cast<uint64_t>(info.st_size);
    files_bytes_ += file.bytes;
    if (files_bytes_ <= kFileBytesMax) return 0;
    return fail("its /tmp holds more than %s%ld MiB", "", kFileBytesMax >> 20);
  }

  // ---- Memory.

  int list_areas() {
    constexpr int kUnreadable = 1;
    const auto add = [this](const Mapping& mapping) { return add_mapping(mapping); };
    const int listed = each_mapping(shop_.text, sizeof shop_.text, kUnreadable, add);
    return listed == kUnreadable ? fail("its memory cannot be listed") : listed;
  }

  int add_mapping(const Mapping& mapping) {
    if (mapping.begin >= kOwnBegin && mapping.end <= kOwnEnd) return 0;
    if (std::strcmp(mapping.name, "[vsyscall]") == 0) return 0;
    if (std::strncmp(mapping.name, "[vvar", 5) == 0 || std::strcmp(mapping.name, "[vdso]") == 0) {
      if (head_.system_areas == kSystemAreasMax) return fail("its kernel is not known");
      head_.system[head_.system_areas++] = {mapping.begin, mapping.end};
      return 0;
    }
    Area area{.begin = mapping.begin,
              .end = mapping.end,
              .place = 0,
              .source = {},
              .kind = Area::kEmpty,
              .protection = mapping.protection,
              .grows = std::strcmp(mapping.name, "[stack]") == 0,
              .shared = mapping.shared};
    if (mapping.shared && (mapping.protection & PROT_WRITE) != 0)
      return fail("it shares memory with others (%s)", mapping.name);
    if (mapping.inode == 0)
      return mapping.shared ? fail("it shares memory with others")
                            : add_touched(area, kPresent | kSwapped, true);
    const bool stays = !in_tmp(mapping.name) && find_source(mapping.name, mapping.inode, area.source);
    if (!stays) {
      area.kind = Area::kContent;
      area.shared = false;
      return add(area);
    }
    area.kind = Area::kFile;
    area.place = mapping.place;
    if (const int added = add(area); added != 0 || mapping.shared) return added;
    return add_touched(area, kSwapped | kPresent, false);
  }

  int add(const Area& area) {
    Area* const last = head_.areas > 0 ? &tables_.area[head_.areas - 1] : nullptr;
    if (area.kind == Area::kContent && last != nullptr && last->kind == area.kind &&
        last->end == area.begin && last->protection == area.protection && !area.grows && !last->grows) {
      last->end = area.end;
      return 0;
    }
    if (head_.areas == kAreasMax) return fail("its memory is in too many parts");
    tables_.area[head_.areas++] = area;
    return 0;
  }

  // What was touched of it, as content; and what lies between, if `holes`, as what nobody has touched.
  int add_touched(const Area& area, uint64_t marks, bool holes) {
    uint64_t done = area.begin;  // up to here all is added
    uint64_t run = 0;            // where the run under way began, or 0
    uint64_t run_end = 0;
    const auto add_part = [&](Area::Kind kind, uint64_t begin, uint64_t end) -> int {
      done = end;
      if (begin == end || (kind == Area::kEmpty && !holes)) return 0;
      Area part = area;
      part.kind = kind;
      part.begin = begin;
      part.end = end;
      part.shared = false;
      return add(part);
    };
    const auto end_run = [&]() -> int {
      if (run == 0) return 0;
      if (const int added = add_part(Area::kEmpty, done, run); added != 0) return added;
      const uint64_t begin = run;
      run = 0;
      return add_part(Area::kContent, begin, run_end);
    };
    for (uint64_t where = area.begin; where < area.end;) {
      const uint64_t wanted = std::min<uint64_t>((area.end - where) / kPage, shop_.pages.size());
      const long size = call(SYS_pread64, pagemap_, address(shop_.pages.data()),
                             static_cast<long>(wanted * 8), static_cast<long>(where / kPage * 8));
      if (size <= 0) return fail("its memory cannot be examined");
      for (size_t page = 0; page < static_cast<size_t>(size) / 8; ++page, where += kPage) {
        const uint64_t entry = shop_.pages[page];
        const bool touched =
            (entry & marks) != 0 && (holes || (entry & kSwapped) != 0 || (entry & kOfFile) == 0);
        if (!touched) continue;
        if (run != 0 && where - run_end >= kHolePages * kPage)
          if (const int added = end_run(); added != 0) return added;
        if (run == 0) run = where;
        run_end = where + kPage;
      }
    }
    if (const int added = end_run(); added != 0) return added;
    return add_part(Area::kEmpty, done, area.end);
  }

  // ---- The image.

  int send_all() {
    const uint64_t tables_bytes = whole_pages(sizeof(Tables));
    uint64_t place = tables_bytes;
    for (uint32_t index = 0; index < head_.areas; ++index) {
      Area& area = tables_.area[index];
      if (area.kind != Area::kContent) continue;
      area.place = place;
      place += area.bytes();
    }
    for (uint32_t index = 0; index < head_.files; ++index) {
      tables_.file[index].place = place;
      place += tables_.file[index].bytes;
    }
    if (place > shop_.bytes_max) return fail("it is larger than the function's memory may be");
    int sent = send(kWriterBegin, tables_bytes);
    for (uint32_t index = 0; sent == 0 && index < head_.areas; ++index) {
      if (tables_.area[index].kind == Area::kContent) sent = send(tables_.area[index]);
    }
    for (uint32_t index = 0; sent == 0 && index < head_.files; ++index) sent = send(tables_.file[index]);
    return sent == 0 ? frame(0, 0) : sent;
  }

  int send(const Area& area) const {
    if ((area.protection & PROT_READ) != 0) return send(area.begin, area.bytes());
    const auto begin = static_cast<long>(area.begin);
    const auto bytes = static_cast<long>(area.bytes());
    call(SYS_mprotect, begin, bytes, PROT_READ);
    const int sent = send(area.begin, area.bytes());
    call(SYS_mprotect, begin, bytes, area.protection);
    return sent;
  }

  int send(const TmpFile& file) const {
    const char* path = &tables_.text[file.path];
    if (file.bytes == 0) return 0;
    const long source = call(SYS_open, address(path), O_RDONLY | O_CLOEXEC);
    uint64_t done = 0;
    while (source >= 0 && done < file.bytes) {
      const uint64_t wanted = std::min<uint64_t>(file.bytes - done, sizeof shop_.text);
      const long size = call(SYS_read, source, address(shop_.text), static_cast<long>(wanted));
      if (size <= 0) break;
      if (send(static_cast<uint64_t>(address(shop_.text)), static_cast<uint64_t>(size)) != 0) break;
      done += static_cast<uint64_t>(size);
    }
    if (source >= 0) call(SYS_close, source);
    return done == file.bytes ? 0 : fail("%s cannot be read", path);
  }

  int send(uint64_t from, uint64_t bytes) const {
    while (bytes > 0) {
      const uint64_t size = std::min(bytes, kFrameBytes);
      if (const int sent = frame(from, size); sent != 0) return sent;
      from += size;
      bytes -= size;
    }
    return 0;
  }

  // What cannot be read is sent as something else, so that the frames' reader keeps in step.
  int frame(uint64_t from, uint64_t size) const {
    std::array<char, 5> head{};
    const auto bytes = static_cast<uint32_t>(size);
    std::memcpy(head.data(), &bytes, sizeof bytes);
    head[4] = static_cast<char>(shop_.frame_kind);
    if (write(static_cast<uint64_t>(address(head.data())), head.size()) != head.size())
      return fail("the image cannot be sent");
    const uint64_t written = write(from, size);
    if (written == size) return 0;
    for (uint64_t left = size - written; left > 0;) {
      const uint64_t filled =
          write(static_cast<uint64_t>(address(shop_.text)), std::min<uint64_t>(left, sizeof shop_.text));
      if (filled == 0) break;
      left -= filled;
    }
    return fail("its memory cannot be read");
  }

  // How much of it.
  uint64_t write(uint64_t from, uint64_t size) const {
    uint64_t written = 0;
    while (written < size) {
      const long done = call(SYS_write, shop_.descriptor, static_cast<long>(from + written),
                             static_cast<long>(size - written));
      if (done == -EINTR) continue;
      if (done <= 0) break;
      written += static_cast<uint64_t>(done);
    }
    return written;
  }

  // It is made anew in each sandbox.
  static bool in_tmp(const char* path) {
    return std::strncmp(path, "/tmp", 4) == 0 && (path[4] == '/' || path[4] == '\0');
  }

  Workshop& shop_ = workshop();
  Tables& tables_ = shop_.tables;
  Head& head_ = tables_.head;
  long pagemap_ = -1;
  uint32_t last_path_ = 0;
  uint64_t files_bytes_ = 0;
};

int write_process() {
  return Writing().run();
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
