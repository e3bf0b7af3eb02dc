// `hearth doctor`: what this host offers, what it lacks and what follows.
#pragma once

namespace hearth::server {

// The process's exit code.
int doctor();

}  // namespace hearth::server
