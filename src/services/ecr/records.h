// What the registry keeps in the store. Keys:
//
//   ("ecr", account, region, "repository", name)   RepositoryRecord
//   ("ecr.images", id, digest)                     ImageRecord
//   ("ecr.manifests", id, digest)                  a manifest's bytes, as they were pushed
//   ("ecr.tags", id, tag)                          the digest of the image that has it
//   ("ecr.uses", id, digest, by)                   nothing: the image `by` is made of the layer or image
//   `digest`
//   ("ecr.referrers", id, subject, digest)         nothing: the image `digest` is about `subject`
//   ("ecr.layers", id, digest)                     LayerRecord
//   ("ecr.uploads", id, upload)                    UploadRecord
//   ("ecr.cleared", id)                            nothing: what was in a repository that is no more goes
//   (clearing.h)
//
// `id` is the repository's own number: one that is made anew under the same name has another. A layer's blob
// belongs to its row, and so do the parts of an upload; layers that several repositories have are one blob.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/blob.h"
#include "store/table.h"

namespace hearth::services::ecr {

using Tags = std::map<std::string, std::string>;

struct RepositoryRecord {
  uint64_t id = 0;
  TimePoint created;
  std::string mutability;               // "MUTABLE" and the others, as requests say it
  std::vector<std::string> exclusions;  // patterns of tags for which the opposite holds
  bool scan_on_push = false;
  std::string policy;                  // empty: none
  std::string lifecycle;               // likewise
  std::optional<TimePoint> evaluated;  // the lifecycle policy, the last time
  Tags tags;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.created);
    visit(3, self.mutability);
    visit(4, self.exclusions);
    visit(5, self.scan_on_push);
    visit(6, self.policy);
    visit(7, self.lifecycle);
    visit(8, self.evaluated);
    visit(9, self.tags);
  }
};

struct ImageRecord {
  std::string media_type;
  std::string artifact_type;
  TimePoint pushed;
  uint64_t size_bytes = 0;  // of its configuration and layers; 0 for an index
  std::vector<std::string> tags;
  std::string subject;  // the digest of what it is about; mostly empty
  uint64_t manifest_bytes = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.media_type);
    visit(2, self.artifact_type);
    visit(3, self.pushed);
    visit(4, self.size_bytes);
    visit(5, self.tags);
    visit(6, self.subject);
    visit(7, self.manifest_bytes);
  }
};

struct TagRecord {
  std::string digest;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.digest);
  }
};

struct LayerRecord {
  store::BlobInfo blob;
  TimePoint pushed;
  std::string media_type;  // as the first image says that uses it; empty before

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.blob);
    visit(2, self.pushed);
    visit(3, self.media_type);
  }
};

struct UploadRecord {
  TimePoint touched;  // begun, or the last time that bytes came
  std::vector<store::BlobInfo> parts;

  uint64_t size_bytes() const {
    uint64_t size = 0;
    for (const store::BlobInfo& part : parts) size += part.size_bytes;
    return size;
  }
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.touched);
    visit(2, self.parts);
  }
};

// Row whose key says all.
struct Mark {
  template <typename Self>
  static void fields(Self&, auto&) {}
};

// What is in a repository.
struct Contents {
  Contents(store::Transaction& tx, uint64_t id)
      : images(tx, store::Key("ecr.images", id)),
        manifests("ecr.manifests", id),
        tags(tx, store::Key("ecr.tags", id)),
        uses(tx, store::Key("ecr.uses", id)),
        referrers(tx, store::Key("ecr.referrers", id)),
        layers(tx, layers_of(id)),
        uploads(tx, uploads_of(id)) {}

  static store::Key layers_of(uint64_t id) { return store::Key("ecr.layers", id); }
  static store::Key uploads_of(uint64_t id) { return store::Key("ecr.uploads", id); }

  store::Table<ImageRecord> images;
  store::Key manifests;
  store::Table<TagRecord> tags;
  store::Table<Mark> uses;
  store::Table<Mark> referrers;
  store::Table<LayerRecord> layers;
  store::Table<UploadRecord> uploads;
};

}  // namespace hearth::services::ecr
