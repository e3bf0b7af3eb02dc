// Lets go of what was in repositories that are no more. A repository may have more than a transaction takes:
// its row goes at once and leaves a mark, and what was in it, which nobody reaches without the row, goes
// some at a time; after a crash it goes on.
//
// Threads: any loop.
#pragma once
#include "services/ecr/parts.h"

namespace hearth::services::ecr {

// In the transaction that erases the row.
void mark_for_clearing(store::Transaction& tx, uint64_t repository);

Async<void> clear(const Parts& parts, uint64_t repository);
// All that are marked.
Async<void> clear_marked(const Parts& parts);

}  // namespace hearth::services::ecr
