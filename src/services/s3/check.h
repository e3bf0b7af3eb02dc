// Looks whether everything that is kept of objects belongs together and is what was written. For a store that
// no server uses.
//
// Threads: one loop.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "services/s3/inspection.h"

namespace hearth::services::s3 {

struct CheckResult {
  uint64_t bodies = 0;
  uint64_t size_bytes = 0;
  std::vector<std::string> damaged;    // what was promised and cannot be had, one line each
  std::vector<std::string> leftovers;  // what nothing refers to, one line each
};

class Check {
 public:
  // All outlive it.
  Check(store::Store& store, store::Blobs& blobs, Bodies& bodies)
      : store_(store), blobs_(blobs), inspection_(store, bodies) {}

  Async<CheckResult> run();
  // Removes the leftovers that run() has found, and nothing else.
  Async<void> repair();

 private:
  struct Leftover {
    std::string row;
    std::string blob;  // of a reference's row
    std::string owner;
  };

  Async<void> check_bodies();
  Async<void> check_rows(std::string table, const std::set<std::string>& known, std::string what);
  Async<void> check_references();
  Async<void> check_files();

  store::Store& store_;
  store::Blobs& blobs_;
  Inspection inspection_;
  CheckResult result_;
  std::set<std::string> bodies_;                         // ids of rows and of blobs' owners
  std::set<std::string> lists_;                          // ids of bodies in parts
  std::set<std::pair<std::string, std::string>> owned_;  // blobs, and the bodies that they are to belong to
  std::set<std::string> referenced_;                     // blobs
  std::vector<Leftover> leftovers_;
};

}  // namespace hearth::services::s3
