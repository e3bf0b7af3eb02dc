// SpawnerLink: the server's end of the socket to one spawner process. When that process has died, the next
// one has a link of its own; a sandbox keeps the link of the spawner that made it, so that what is asked
// about it never reaches another.
//
// Threads: any.
#pragma once
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/task.h"

namespace hearth::sandbox {

class SpawnerLink {
 public:
  explicit SpawnerLink(Fd socket) : socket_(std::move(socket)) {}

  // Waits while the socket is full. Call it on a loop.
  Async<void> send(std::string request, std::vector<int> descriptors) const;
  // The spawner has ended.
  bool gone() const;

 private:
  Fd socket_;
};

}  // namespace hearth::sandbox
