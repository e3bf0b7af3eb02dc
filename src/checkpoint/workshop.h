// What the parts of taking a checkpoint work with. While the process is written down all its threads but one
// stand, wherever they were, so nothing here may wait for a lock of the C library's: not to allocate, nor to
// open a stream.
//
// Functions that can fail answer 0 or kFailed, with the reason in the workshop.
#pragma once
#include <dirent.h>

#include <array>
#include <atomic>
#include <cstring>

#include "checkpoint/image.h"
#include "checkpoint/take.h"

namespace hearth::checkpoint {

// Where no image has anything.
struct Workshop {
  Tables tables;
  std::array<uint64_t, 8 * 1024> pages;
  char text[64 * 1024];
  char line[512 * 1024];  // as much as the kernel tells of one descriptor
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
  long pagemap;        // /proc/self/pagemap, open
  uint32_t last_path;  // the text that was added last
  uint64_t files_bytes;
};

inline Workshop& workshop() {
  return *reinterpret_cast<Workshop*>(at(kWriterBegin));
}

inline Tables& tables() {
  return workshop().tables;
}
inline Head& head() {
  return tables().head;
}

// `format` has a %s and a %ld.
int fail(const char* format, const char* what = "", long number = 0);

// A small file as a text; false when there is no room for all of it.
bool read_text(const char* path, char* text, size_t room);

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
uint64_t field(const char* text, const char* name, unsigned base);

// Keeps a text in the image.
int add_text(const char* text, uint32_t& place);
// What an image says of the file that is at that path; false when that is another's or none's.
bool find_source(const char* path, uint64_t inode, Source& source);
// It is made anew in each sandbox.
bool in_tmp(const char* path);

// Parts of the process, for the image.
int list_descriptors();
int list_files();
int list_areas();
// The image itself, once all is listed.
int send_image();

}  // namespace hearth::checkpoint
