// The network inside a sandbox: a loopback device and nothing else. What the sandbox may talk to are sockets
// that are opened in there and served by the server.
#pragma once
#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hearth::sandbox {

Status start_loopback();
// One listening, non-blocking socket on 127.0.0.1 a port, in the network of the calling process.
Result<std::vector<Fd>> listen_inside(const std::vector<uint16_t>& ports);

}  // namespace hearth::sandbox
