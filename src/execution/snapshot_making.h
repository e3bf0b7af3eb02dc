// Makes what environments of a version of a function begin with: in a sandbox like theirs a process runs the
// init and the hooks that come before a snapshot. Then it writes itself down (zygote/snapshot.h,
// checkpoint/take.h) and ends; or, where the language's processes can rest and this one could not be written
// down, it rests in its slot, which will be one environment's.
//
// Threads: the loop that it is started on.
#pragma once
#include <memory>
#include <string>

#include "execution/host.h"
#include "execution/variables.h"

namespace hearth::execution {

class Slot;

// Of a process that makes a snapshot, is made of one, or is to rest. None has credentials among them: it asks
// `slot` for them, and so for new ones when those of its snapshot are old. `host` and `config` outlive that.
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

struct Snapshot {
  SnapshotMade made;
  // When it was made and there is no image: the one that rests, frozen. It is bound to the configuration, and
  // what its process writes from then on goes nowhere.
  std::unique_ptr<Slot> slot;
};

// An image, where there is none yet, nobody makes one and none has proved impossible; else, if the launch
// rests and has no image, a resting slot. Shared: by all that work with the configuration.
Task<Snapshot> make_snapshot(Host& host, std::shared_ptr<const FunctionConfig> config);

}  // namespace hearth::execution
