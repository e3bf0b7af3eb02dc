// Deletes items whose time to live is over, within about a second. Each is looked at again in the transaction
// that deletes it: an item whose time has changed since stays.
//
// Threads: the loop that run() is on. Of several nodes each may do it: an item is deleted once.
#pragma once
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class ExpiryWorker {
 public:
  explicit ExpiryWorker(const Parts& parts) : parts_(parts) {}
  ExpiryWorker(const ExpiryWorker&) = delete;

  // Until its scope ends.
  Task<void> run();
  // All that is due.
  Async<void> expire();

 private:
  Async<void> expire_row(store::Row row);

  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
