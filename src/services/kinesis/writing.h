// Records come in. Those of one request are one transaction, and stand in their shards in the request's
// order.
#pragma once
#include "services/kinesis/errors.h"
#include "services/kinesis/parts.h"
#include "wire/router.h"

namespace hearth::services::kinesis {

class Writing {
 public:
  explicit Writing(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::kinesis::PutRecordOutput> put(const Call& call, api::kinesis::PutRecordInput input);
  Async<api::kinesis::PutRecordsOutput> put_all(const Call& call, api::kinesis::PutRecordsInput input);

 private:
  struct Placed {
    std::string shard;
    std::string sequence;
  };
  struct Written {
    std::vector<Placed> records;
    std::string encryption;
  };
  // Of SequenceNumberForOrdering.
  Async<void> check_ordering(StreamRef ref, std::string sequence);
  Async<Written> write(StreamRef ref, std::vector<api::kinesis::PutRecordsRequestEntry> entries);

  const Parts& parts_;
};

}  // namespace hearth::services::kinesis
