// A page of a shard's records, as callers see it.
#pragma once
#include "api/kinesis.h"
#include "services/kinesis/errors.h"
#include "services/kinesis/tokens.h"

namespace hearth::services::kinesis {

struct Page {
  api::kinesis::GetRecordsOutput shown;  // without an iterator for the next
  store::Stamp next;                     // from which that would read
  std::string behind;                    // the sequence number that it would come behind
  bool ended = false;                    // the shard is closed, and nothing comes behind this page
};

// "ResourceNotFoundException" when the stream has gone, or is another one of that name.
Async<Page> page_from(store::Transaction& tx, Iterator at, size_t records_max, TimePoint now);

}  // namespace hearth::services::kinesis
