// Carries on exports: sees that the bucket takes anything, has the table copied as it was (table_copies.h) or
// gathers from its log what became of each item between two moments, writes that to the bucket file by file,
// and the manifests last. Each step is kept, so an export goes on after a crash where it stood, and writes at
// most one file again.
//
// An export fails where S3 refuses something; all else is tried again.
//
// Threads: the loop that run() is on.
#pragma once
#include "delivery/asker_client.h"
#include "io/thread_pool.h"
#include "services/dynamodb/job_loop.h"
#include "services/dynamodb/job_records.h"

namespace hearth::services::dynamodb {

class ExportWorker {
 public:
  // All outlive it.
  ExportWorker(const Parts& parts, const delivery::AskerClient& client, io::ThreadPool& pool)
      : parts_(parts), client_(client), pool_(pool) {}
  ExportWorker(const ExportWorker&) = delete;

  // Until its scope ends.
  Task<void> run() { return loop_.run(); }

 private:
  struct Job {
    PartRef ref;
    ExportRecord record;
  };

  Async<Progress> step(PartRef ref);
  Async<Progress> take(Job& job);
  // One for each stage.
  Async<Progress> announce(Job& job);
  Async<Progress> gather(Job& job);
  Async<Progress> write_file(Job& job);
  Async<Progress> close(Job& job);

  // Returns the entity tag.
  Async<std::string> put(const Job& job, std::string key, std::string bytes);
  // A text beside its checksum: "manifest-files.json", "manifest-files.md5".
  Async<void> put_manifest(const Job& job, std::string name, std::string text);
  Async<void> end(Job& job);

  const Parts& parts_;
  const delivery::AskerClient& client_;
  io::ThreadPool& pool_;
  JobLoop loop_{parts_, "export", [this](PartRef ref) { return step(std::move(ref)); }};
};

}  // namespace hearth::services::dynamodb
