// Makes the snapshot of a version of a function: in a sandbox like those of its environments, a process runs
// the init and the hooks that come before a snapshot, writes itself down (zygote/snapshot.h) and ends.
//
// Threads: the loop that it is started on.
#pragma once
#include <memory>
#include <string>

#include "execution/host.h"
#include "execution/variables.h"

namespace hearth::execution {

class Slot;

// Of a process that makes a snapshot or is made of one. Neither has credentials among them: it asks `slot`
// for them, and so for new ones when those of its snapshot are old. `host` and `config` outlive that.
Variables snapshot_variables(const FunctionConfig& config, const Launch& launch, Host& host, Slot& slot,
                             std::string_view purpose);

struct SnapshotMade {
  enum class How {
    kMade,
    kUnfit,   // the init went well, but its process cannot be kept: environments begin by an init of theirs
    kFailed,  // the function's init failed
    kLost,    // the platform could not run it
  };
  How how = How::kLost;
  std::string why;         // for the log, or of a function that failed its error's text
  std::string error_type;  // with kFailed; "Sandbox.Timedout" when it took too long
};

// The host has snapshots, and Snapshots::begin() told the caller to make this one; its end() has been called
// when this is done. Shared: by all that work with the configuration.
Task<SnapshotMade> make_snapshot(Host& host, std::shared_ptr<const FunctionConfig> config);

}  // namespace hearth::execution
