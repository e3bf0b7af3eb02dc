// Huge pages for a process that will be forked often: a fork copies one entry of a table for each page that
// the process has written to, so fewer and larger pages make it shorter. A fork that writes to one gets an
// ordinary page of its own, as ever.
#pragma once

namespace hearth::sandbox {

// Moves what this process has in memory without a file into huge pages. Without effect where the host has
// none.
void gather_in_huge_pages();

}  // namespace hearth::sandbox
