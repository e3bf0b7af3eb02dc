#include "checkpoint/workshop.h"

#if defined(__x86_64__)

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

namespace hearth::checkpoint {
namespace {

// "tfd:        5 events:       19 data: ffffffff00000005 ..."
int add_watches(Descriptor& it) {
  it.kind = Descriptor::kWatch;
  for (const char* line = std::strstr(workshop().line, "tfd:"); line != nullptr;
       line = std::strstr(line + 1, "tfd:")) {
    if (head().watches == kWatchesMax) return fail("it waits for too many descriptors");
    tables().watch[head().watches++] = {.set = it.number,
                                        .number = static_cast<int>(field(line, "tfd:", 10)),
                                        .events = static_cast<uint32_t>(field(line, "events:", 16)),
                                        .data = field(line, "data:", 16)};
  }
  return 0;
}

int check_ends() {
  const Descriptor* const begin = tables().descriptor.data();
  const Descriptor* const end = begin + head().descriptors;
  for (const Descriptor* it = begin; it != end; ++it) {
    if (it->kind != Descriptor::kPair) continue;
    const bool both = std::any_of(begin, end, [&](const Descriptor& other) {
      return other.kind == it->kind && other.other == it->other && other.place != it->place;
    });
    if (!both) return fail("it has a socket to another process (descriptor %s%ld)", "", it->number);
  }
  return 0;
}

// The inode of the socket that this Unix one is connected to, or 0.
uint64_t peer_of(uint32_t inode) {
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
  if (size < static_cast<long>(NLMSG_SPACE(sizeof(unix_diag_msg))) || head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
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

int check_read(const Descriptor& it) {
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

int add_pipe(Descriptor& it, uint64_t inode) {
  it.kind = Descriptor::kPipe;
  it.other = inode;
  it.place = (it.flags & O_ACCMODE) == O_RDONLY ? 0 : 1;
  return it.place == 0 ? check_read(it) : 0;
}

bool peer_is_gone(int socket) {
  char byte = 0;
  return call(SYS_recvfrom, socket, address(&byte), 1, MSG_PEEK | MSG_DONTWAIT) == 0;
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

// Whether an eventfd is a semaphore, which kernels before 6.6 do not tell.
bool counts_by_ones(int counter, uint64_t count) {
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

int classify(Descriptor& it, const struct stat& info) {
  const char* name = workshop().text;
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
    it.place = field(workshop().line, "eventfd-count:", 16);
    it.other = counts_by_ones(it.number, it.place) ? 1 : 0;
    return 0;
  }
  const bool known = S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISCHR(info.st_mode);
  if (!known || !find_source(name, info.st_ino, it.source))
    return fail("it has %s open (descriptor %ld)", name, it.number);
  it.kind = Descriptor::kOpened;
  it.place = field(workshop().line, "pos:", 10);
  return 0;
}

int add_descriptor(int number) {
  if (head().descriptors == kDescriptorsMax || number >= kDescriptorMax)
    return fail("it has too many descriptors");
  Descriptor& it = tables().descriptor[head().descriptors++];
  it = {.number = number};
  ::snprintf(workshop().path, sizeof Workshop::path, "/proc/self/fd/%d", number);
  const long size =
      call(SYS_readlink, address(workshop().path), address(workshop().text), sizeof Workshop::text - 1);
  ::snprintf(workshop().path, sizeof Workshop::path, "/proc/self/fdinfo/%d", number);
  if (size < 0 || !read_text(workshop().path, workshop().line, sizeof Workshop::line))
    return fail("descriptor %s%ld cannot be examined", "", number);
  workshop().text[size] = '\0';
  it.flags = static_cast<int>(field(workshop().line, "flags:", 8));
  it.closes = (it.flags & O_CLOEXEC) != 0;
  it.flags &= ~(O_CLOEXEC | O_CREAT | O_EXCL | O_TRUNC);
  if (number < kGivenDescriptors) return 0;
  struct stat info{};
  call(SYS_fstat, number, address(&info));
  return classify(it, info);
}

}  // namespace

int list_descriptors() {
  const long folder = call(SYS_open, address("/proc/self/fd"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail("its descriptors cannot be listed");
  const int listed = each_entry(static_cast<int>(folder), [&](const char* name) {
    const long number = static_cast<long>(parse_number(name, 10));
    if (number == folder || number == workshop().pagemap) return 0;
    return add_descriptor(static_cast<int>(number));
  });
  call(SYS_close, folder);
  return listed == 0 ? check_ends() : listed;
}

}  // namespace hearth::checkpoint

#endif
