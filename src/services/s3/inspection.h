// Goes through all bodies that records refer to, and tells of each whether it is still what was written:
// encrypted ones by the tags of their blocks, plain ones by their checksums, those that only a client can
// open by the checksum of what is kept.
//
//   for (Inspection::Position at; !at.ended();) {
//     TRY(const auto bodies, co_await inspection.next(at));
//     for (const KeptBody& body : bodies) { TRY(const auto damage, co_await inspection.damage_of(body)); ...
//     }
//   }
//
// Threads: one loop at a time.
#pragma once
#include <string>
#include <vector>

#include "services/s3/bodies.h"

namespace hearth::services::s3 {

struct KeptBody {
  std::string place;  // the bucket's id and the key, as rows have them
  BodyRef body;       // never in parts
  Encryption encryption;
  std::optional<Checksum> checksum;
  std::string row;      // of the record that refers to it, in the store
  std::string body_id;  // that the record names
};

class Inspection {
 public:
  // All outlive it.
  Inspection(store::Store& store, Bodies& bodies) : store_(store), bodies_(bodies) {}

  // How far it is: objects, then older versions, then uploads.
  struct Position {
    size_t table = 0;
    std::string after;
    bool ended() const { return table == kTables; }
  };
  struct Page {
    std::vector<KeptBody> bodies;
    std::vector<std::string> lists;  // ids of bodies in parts
  };
  // Some more, and where to go on.
  Async<Page> next(Position& position);
  // Why a body cannot be had as it was written; nothing where it can, or where it has been deleted meanwhile.
  // An error where that could not be found out.
  Async<std::optional<std::string>> damage_of(KeptBody body);

 private:
  static constexpr size_t kTables = 3;

  Async<bool> is_referred_to(KeptBody body);
  Async<void> verify(KeptBody body);

  store::Store& store_;
  Bodies& bodies_;
};

}  // namespace hearth::services::s3
