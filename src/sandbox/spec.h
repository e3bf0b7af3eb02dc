// What a sandbox is made of and what runs in it: plain data, the same for the server and the spawner.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::sandbox {

struct Limits {
  uint64_t memory_bytes = 128ull << 20;  // no swap on top
  uint32_t cpu_millicores = 1000;        // 1000 is one core; 0 sets no limit
  uint32_t processes_max = 1024;         // processes and threads
  uint64_t tmp_bytes = 512ull << 20;
  uint32_t open_files_max = 1024;
};

// A file or directory of the host, seen read-only at `target` (absolute) inside.
struct Bind {
  std::string source;
  std::string target;
};

// One of its own, there from the start.
struct File {
  std::string path;        // inside
  std::string_view bytes;  // of something that outlives all
};

// The root has the host's programs and libraries, and nothing else of it.
struct Spec {
  std::string name;  // for messages only
  std::string hostname;
  Limits limits;
  std::vector<Bind> binds;
  // Empty directories inside, for what is bound later (Sandbox::bind).
  std::vector<std::string> mount_points;
  // TCP ports of 127.0.0.1 inside the sandbox's own network that the server listens on.
  std::vector<uint16_t> listen_ports;
  // What 127.0.0.1 is called inside, beside "localhost".
  std::vector<std::string> local_names;
};

struct Command {
  // argv[0] is a path inside the sandbox, or a name without a slash that is looked for as PATH of the
  // environment says.
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=value; nothing else is inherited
  std::string directory;                 // working directory inside
  // Whether it gets two pipes besides, to read from at descriptor 3 and to write to at 4.
  bool piped = false;
  // Not a new program, but the image of the sandbox's zygote goes on. argv[0] names the process.
  bool forked = false;
};

// See zygote.h.
struct Zygote {
  std::string name;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<Bind> binds;
  std::vector<std::string> mount_points;
  std::vector<File> files;
};

struct ExitStatus {
  int code = -1;  // -1 when a signal ended it
  int signal = 0;
  bool out_of_memory = false;  // the kernel killed something in the sandbox for its memory limit
};

}  // namespace hearth::sandbox
