// What a fresh child does to become a program.
//
// A child may share its parent's memory until then, which spares copying the tables of it. So nothing here
// allocates but to tell what failed.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

// All as they are by default, and none blocked.
void reset_signals();
void unblock_signals();
// Puts copies of the descriptors at `first` and the numbers after it, and has an exec close all above them.
Status place_descriptors(std::span<const int> descriptors, int first);

// A command as the kernel wants it.
class Program {
 public:
  explicit Program(Command& command);  // which outlives it
  // Enters the command's directory and replaces the process. Comes back when that fails.
  Status execute() const;

 private:
  const Command& command_;
  std::vector<std::string> paths_;  // where the program may be
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

// A process that goes on in the image it was forked with. Thrown where it was forked, so that what its
// parent's functions held is let go, and caught where the program is to go on.
struct ForkedProgram {
  Command command;
  std::vector<Fd> descriptors;  // its own, from 1 on; copies that nothing else holds
};
// What takes the place of Program::execute() there, in two halves. The first comes back only when it fails.
Status leave_for(Command command, const std::vector<int>& descriptors);
Status go_on(const ForkedProgram& program);

}  // namespace hearth::sandbox
