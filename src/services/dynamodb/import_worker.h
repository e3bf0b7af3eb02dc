// Carries on imports: reads the objects of a bucket one after the other, in the order of their names and a
// few megabytes at a time, and writes their items into the table that was made for them. What is no item for
// that table is counted, and told in the caller's logs.
//
// How far an object was read is known in memory only: after a crash it is read again from its beginning. That
// writes the same items, and its counts are kept when it has been read to its end.
//
// An import fails where S3 refuses something, and then leaves no table; all else is tried again.
//
// Threads: the loop that run() is on.
#pragma once
#include "delivery/asker_client.h"
#include "services/dynamodb/compression.h"
#include "services/dynamodb/item_lines.h"
#include "services/dynamodb/job_loop.h"
#include "services/dynamodb/job_records.h"

namespace hearth::services::dynamodb {

class ImportWorker {
 public:
  // Both outlive it.
  ImportWorker(const Parts& parts, const delivery::AskerClient& client) : parts_(parts), client_(client) {}
  ImportWorker(const ImportWorker&) = delete;

  // Until its scope ends.
  Task<void> run() { return loop_.run(); }

 private:
  // An object that is being read.
  struct Reading {
    std::string key;
    std::string etag;
    int64_t size_bytes = 0;
    int64_t offset = 0;
    Decompressor decompressor;
    ItemLines lines;
    int64_t processed = 0;
    int64_t imported = 0;
    int64_t errors = 0;
    std::vector<std::string> told = {};  // what is wrong, for the logs
  };
  struct Job {
    PartRef ref;
    ImportRecord record;
  };

  Async<Progress> step(PartRef ref);
  Async<Progress> take(Job& job);
  // The object behind those that are done, if there is one.
  Async<std::optional<Reading>> next_object(const Job& job);
  Async<void> read_some(const Job& job, Reading& reading);
  // What of its lines are items by now.
  Async<void> import_lines(const Job& job, Reading& reading);
  Async<void> write(const Job& job, std::vector<Item> items);
  Async<void> tell(const Job& job, Reading& reading);
  // An object has been read.
  Async<void> close(Job& job, const Reading& reading);
  // The import is done.
  Async<void> end(Job& job);

  const Parts& parts_;
  const delivery::AskerClient& client_;
  std::map<std::string, Reading> readings_;  // by the import's id
  JobLoop loop_{parts_, "import", [this](PartRef ref) { return step(std::move(ref)); }};
};

}  // namespace hearth::services::dynamodb
