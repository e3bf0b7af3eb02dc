// The form of a checkpoint's image: tables of what the process was, then the bytes that they place. It is
// read by the program that comes with the library that wrote it, on the same host.
#pragma once
#include <sys/stat.h>

#include <array>

#include "checkpoint/kernel.h"

namespace hearth::checkpoint {

constexpr uint64_t kMagic = 0x32746e696f706b63;

// Addresses that no process has in use unless it asks for them: those of what restores, and of what writes.
// They are in no image.
constexpr uint64_t kOwnBegin = 0x100000000000;
constexpr uint64_t kOwnEnd = kOwnBegin + (uint64_t{1} << 30);
constexpr uint64_t kWriterBegin = kOwnBegin + (uint64_t{1} << 29);

constexpr size_t kAreasMax = 16 * 1024;
constexpr size_t kThreadsMax = 1024;
constexpr size_t kDescriptorsMax = 1024;
constexpr size_t kWatchesMax = 4096;
constexpr size_t kFilesMax = 8192;
constexpr size_t kSystemAreasMax = 8;
constexpr size_t kTextBytes = 1 << 20;
constexpr uint64_t kFileBytesMax = 64 << 20;  // of all files of /tmp

// A file by its path, and what tells it from another that has come into its place.
struct Source {
  uint32_t path = 0;   // in the texts; 0 is none
  uint64_t inode = 0;  // 0 for any, as of a file of /tmp
  uint64_t device = 0;
  uint64_t size = 0;
  int64_t modified_ns = 0;

  bool is(const Source& other) const {
    return inode == 0 || (inode == other.inode && device == other.device && size == other.size &&
                          modified_ns == other.modified_ns);
  }
};

inline Source source_of(const struct stat& info) {
  Source source{.inode = info.st_ino, .device = info.st_dev};
  if (!S_ISREG(info.st_mode)) return source;
  source.size = static_cast<uint64_t>(info.st_size);
  source.modified_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
  return source;
}

struct Area {
  enum Kind : uint32_t {
    kContent,  // in the image, at `place`
    kEmpty,    // nobody has touched it
    kFile,     // that file's, at `place`; what was written there follows as kContent
  };
  uint64_t begin{};
  uint64_t end{};
  uint64_t place{};
  Source source{};
  Kind kind{};
  uint32_t protection{};
  bool grows{};  // downwards
  bool shared{};

  uint64_t bytes() const { return end - begin; }
};

// Of the kernel's own, which it made at another address in each process: [vvar], [vdso].
struct SystemArea {
  uint64_t begin{};
  uint64_t end{};
};

// It stands in a signal's handler, whose return lets it go on.
struct Thread {
  int id{};
  uint64_t context{};  // ucontext_t, on its stack
  uint64_t pointer{};  // to its own memory
  uint64_t id_address{};
  uint64_t robust_list{};
  uint64_t robust_list_bytes{};
  uint64_t sequences{};  // its area for restartable sequences, or 0
  std::array<char, 16> name{};
};

struct Descriptor {
  enum Kind : uint32_t {
    kGiven,       // one of those that each process is started with
    kCopy,        // of the one that is given, `other`
    kOpened,      // a file
    kConnection,  // whose other side is found to have closed it
    kListener,    // with its address
    kPipe,  // with both ends here: `other` is the same at both, `place` 0 where it is read and 1 at the other
    kPair,  // of Unix sockets, in the same way
    kCounter,  // eventfd; `place` is its value
    kWatch,    // epoll
  };
  int number{};
  Kind kind{};
  int flags{};
  bool closes{};  // on exec
  uint64_t other{};
  uint64_t place{};
  Source source{};
  int family{};
  int type{};
  uint32_t address_bytes{};
  std::array<char, 128> address{};
};

// Of an epoll descriptor.
struct Watch {
  int set{};
  int number{};
  uint32_t events{};
  uint64_t data{};
};

// In /tmp: directories before what is in them.
struct TmpFile {
  uint32_t path{};
  uint32_t mode{};
  uint32_t link{};  // a symbolic link's target
  uint64_t bytes{};
  uint64_t place{};
};

// What a process that was made of an image finds: the variables that were given to what made it,
// "NAME=value", each ended by a zero. In the process that was written down there are none.
struct Begun {
  uint64_t variables{};
  uint64_t bytes{};
};

struct Head {
  uint64_t magic{};
  int process{};
  uint32_t areas{};
  uint32_t system_areas{};
  uint32_t threads{};
  uint32_t descriptors{};
  uint32_t watches{};
  uint32_t files{};
  uint32_t text_bytes{};
  uint32_t directory{};  // the working one
  uint32_t creation_mask{};
  uint64_t begun{};  // a Begun of the program's
  // As prctl(PR_SET_MM, PR_SET_MM_MAP) takes them: where code, data, heap, stack, arguments and variables
  // lie.
  std::array<uint64_t, 11> memory{};
  std::array<SignalAction, kSignals> actions{};
  std::array<SystemArea, kSystemAreasMax> system{};
};

struct Tables {
  Head head;
  std::array<Area, kAreasMax> area;
  std::array<Thread, kThreadsMax> thread;
  std::array<Descriptor, kDescriptorsMax> descriptor;
  std::array<Watch, kWatchesMax> watch;
  std::array<TmpFile, kFilesMax> file;
  std::array<char, kTextBytes> text;
};

// Descriptors below this are given to each process anew.
constexpr int kGivenDescriptors = 5;
// From here on they are of what restores.
constexpr int kDescriptorMax = 1000;

}  // namespace hearth::checkpoint
