// Changes of tables on their way to data streams of Kinesis. The transaction that writes an item writes down
// what is to be told of it; soon after it goes to the stream, in the order of the commits. That the stream
// has it and that it waits no more is one transaction, so each change comes once.
//
// What a stream cannot take (it is gone, a record has more than 1 MiB) is told to nobody; the server's log
// says so.
//
// Threads: the loop that run() is on; forward_change() anywhere.
#pragma once
#include "delivery/row_work.h"
#include "delivery/target.h"
#include "services/dynamodb/change_log.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

// To each destination of the table that is active. REQUIRES both images.
void forward_change(store::Transaction& tx, const Table& table, ChangeRecord change, TimePoint now);

class Forwarding {
 public:
  // Both outlive it.
  Forwarding(const Parts& parts, delivery::Target& streams) : parts_(parts), streams_(streams) {}
  Forwarding(const Forwarding&) = delete;

  // Until its scope ends.
  Task<void> run();

 private:
  Async<delivery::Progress> step(std::string key);
  Async<void> tell(store::Transaction& tx, uint64_t number, const ForwardRecord& way, const Change& change);

  const Parts& parts_;
  delivery::Target& streams_;
};

}  // namespace hearth::services::dynamodb
