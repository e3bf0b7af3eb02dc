// What S3 keeps. Keys (all names of buckets are one space, so regions and accounts stand in the values):
//
//   ("s3-bucket", "name", bucket)                   BucketRecord; its id is new with every creation
//   ("s3-bucket", "owner", account, bucket)         nothing: the buckets of an account
//   ("s3-bucket", "setting", bucket id, kind)       a setting as its document: "policy", "tagging", ...
//   ("s3-bucket", "setting", account, kind)         the same of an account: "public-access"
//   ("s3-object", bucket id, key)                   ObjectRecord: the current object; none behind a marker
//   ("s3-version", bucket id, key, -sequence)       ObjectRecord: older versions, and delete markers
//   ("s3-body", body id)                            the bytes of a small body
//   ("s3-parts", body id)                           PartList: the pieces of a body that came in parts
//   ("s3-upload", bucket id, key, upload id)        UploadRecord
//   ("s3-part", upload id, number)                  PartRecord
//   ("s3-due", "lifecycle", bucket)                 LifecycleRecord: the bucket has rules
//   ("s3-due", "restored", until, bucket, key, version)   nothing: is archived again then
//   ("s3-pass", bucket)                             PassRecord: how far its rules have been followed
//   ("s3-scrub")                                    ScrubRecord (scrubber.cc)
//
// Objects lie apart from buckets so that what is kept in memory of buckets outlives a write of an object.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/checksum.h"
#include "services/s3/arns.h"
#include "store/blob.h"
#include "store/table.h"

namespace hearth::services::s3 {

enum class Versioning : uint8_t { kNever, kEnabled, kSuspended };

// Whose objects are, and whether access control lists count: not where all is the bucket's owner's.
enum class Ownership : uint8_t { kEnforced, kPreferred, kWriter, kUnset };

// What keeps a version from going: until a date, which governance lets some lift and compliance nobody; and
// until somebody takes the hold away.
enum class LockMode : uint8_t { kNone, kGovernance, kCompliance };

struct LockRecord {
  LockMode mode = LockMode::kNone;
  TimePoint until;  // nothing without a mode
  bool hold = false;
  bool hold_said = false;  // somebody said whether there is a hold
  bool operator==(const LockRecord&) const = default;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.mode);
    visit(2, self.until);
    visit(3, self.hold);
    visit(4, self.hold_said);
  }
};

// The lock of what is written without one.
struct DefaultRetention {
  LockMode mode = LockMode::kNone;
  int64_t days = 0;  // or else years
  int64_t years = 0;
  bool operator==(const DefaultRetention&) const = default;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.mode);
    visit(2, self.days);
    visit(3, self.years);
  }
};

struct BucketRecord {
  std::string id;
  std::string name;
  std::string account;
  std::string region;
  TimePoint created;
  Versioning versioning = Versioning::kNever;
  bool object_lock = false;  // for ever; versioning then is enabled for ever too
  DefaultRetention retention;
  bool requester_pays = false;
  Ownership ownership = Ownership::kEnforced;

  bool has_acls() const { return ownership != Ownership::kEnforced; }
  bool versioned() const { return versioning != Versioning::kNever; }
  std::string arn() const { return bucket_arn(name); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.name);
    visit(3, self.account);
    visit(4, self.region);
    visit(5, self.created);
    visit(6, self.versioning);
    visit(7, self.object_lock);
    visit(8, self.retention);
    visit(9, self.requester_pays);
    visit(10, self.ownership);
  }
};

struct Checksum {
  ChecksumKind kind = ChecksumKind::kCrc64Nvme;
  std::string value;      // raw bytes
  int64_t composite = 0;  // of so many parts' checksums; 0: of the whole
  bool operator==(const Checksum&) const = default;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.kind);
    visit(2, self.value);
    visit(3, self.composite);
  }
};

// Who holds the key that opens the data keys of an object: the server, a key of the account, the client.
enum class EncryptionKind : uint8_t { kNone, kS3, kKms, kKmsDual, kCustomer };

// How an object is encrypted, as its writer or its bucket asked.
struct Encryption {
  EncryptionKind kind = EncryptionKind::kNone;
  std::string key_arn;      // kKms, kKmsDual
  std::string context;      // the same: the encryption context as it was given
  bool bucket_key = false;  // the same
  std::string salt;         // kCustomer: of the proof
  std::string proof;        // by which the client's key is known again; the key itself is nowhere
  bool operator==(const Encryption&) const = default;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.kind);
    visit(2, self.key_arn);
    visit(3, self.context);
    visit(4, self.bucket_key);
    visit(5, self.salt);
    visit(6, self.proof);
  }
};

// Where an object's bytes are.
struct BodyRef {
  enum class Place : uint8_t { kRow, kBlob, kParts };
  std::string id;  // of the row, of the blob's owner, of the list of parts
  Place place = Place::kRow;
  std::string blob;         // kBlob
  uint64_t size_bytes = 0;  // of what was written, not of what it takes on disk
  std::string wrapped_key;  // the bytes are encrypted by it (body_cipher.h); empty: they are plain
  std::string stored_crc;   // of the encrypted bytes, where only the client's key opens them

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.place);
    visit(3, self.blob);
    visit(4, self.size_bytes);
    visit(5, self.wrapped_key);
    visit(6, self.stored_crc);
  }
};

struct Piece {
  BodyRef body;  // never itself in parts
  int64_t number = 0;
  std::optional<Checksum> checksum;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.body);
    visit(2, self.number);
    visit(3, self.checksum);
  }
};

struct PartList {
  std::vector<Piece> pieces;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.pieces);
  }
};

// What is said of an object beside its bytes, when it is written or its upload begun.
struct ObjectHead {
  std::string content_type;
  std::string content_encoding;
  std::string content_disposition;
  std::string content_language;
  std::string cache_control;
  std::string expires;
  std::string redirect;       // x-amz-website-redirect-location
  std::string storage_class;  // empty: STANDARD
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> tags;
  LockRecord lock;
  std::optional<TimePoint> restored_until;  // of an archived object that can be read meanwhile
  std::string owner;                        // an account; empty: the bucket's owner
  std::string acl;  // the text of an AccessControlPolicy (acl.h); empty: all is the owner's

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.content_type);
    visit(2, self.content_encoding);
    visit(3, self.content_disposition);
    visit(4, self.content_language);
    visit(5, self.cache_control);
    visit(6, self.expires);
    visit(7, self.redirect);
    visit(8, self.storage_class);
    visit(9, self.metadata);
    visit(10, self.tags);
    visit(11, self.lock);
    visit(12, self.restored_until);
    visit(13, self.owner);
    visit(14, self.acl);
  }
};

inline constexpr std::string_view kNullVersion = "null";

struct ObjectRecord {
  int64_t sequence = 0;  // rises with each write of the key
  std::string version;   // "null" where the bucket keeps no versions
  bool marker = false;   // a delete marker: nothing below but the time
  TimePoint modified;
  std::string etag;  // without quotes
  std::optional<Checksum> checksum;
  int64_t parts = 0;  // of an object that came in parts
  BodyRef body;
  ObjectHead head;
  Encryption encryption;
  bool opaque_etag = false;  // the ETag is no MD5
  std::string upload;        // the id of the upload that became it

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.sequence);
    visit(2, self.version);
    visit(3, self.marker);
    visit(4, self.modified);
    visit(5, self.etag);
    visit(6, self.checksum);
    visit(7, self.parts);
    visit(8, self.body);
    visit(9, self.head);
    visit(10, self.encryption);
    visit(11, self.opaque_etag);
    visit(12, self.upload);
  }
};

struct UploadRecord {
  std::string id;
  TimePoint initiated;
  std::string initiator;  // ARN
  std::optional<ChecksumKind> checksum;
  bool full_object = false;  // the checksum's type
  int64_t sequence = 0;      // of the key's newest version when it began
  ObjectHead head;
  Encryption encryption;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.initiated);
    visit(3, self.initiator);
    visit(4, self.checksum);
    visit(5, self.full_object);
    visit(6, self.sequence);
    visit(7, self.head);
    visit(8, self.encryption);
  }
};

struct PartRecord {
  TimePoint modified;
  std::string etag;  // raw bytes
  std::optional<Checksum> checksum;
  BodyRef body;
  std::optional<Checksum> claimed;  // by the client, perhaps another than the upload's

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.modified);
    visit(2, self.etag);
    visit(3, self.checksum);
    visit(4, self.body);
    visit(5, self.claimed);
  }
};

struct LifecycleRecord {
  std::string revision;  // new whenever rules are put

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.revision);
  }
};

enum class PassPhase : uint8_t { kObjects, kVersions, kUploads, kDone };

struct PassRecord {
  std::string revision;  // of the rules that were followed
  TimePoint began;
  PassPhase phase = PassPhase::kObjects;
  std::string after;  // what is behind this is left to do in the phase

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.revision);
    visit(2, self.began);
    visit(3, self.phase);
    visit(4, self.after);
  }
};

// Until when something is restored, its bucket, key and version.
using RestoredKey = std::tuple<TimePoint, std::string, std::string, std::string>;

struct Nothing {
  template <typename Self>
  static void fields(Self&, auto&) {}
};

// A setting as its document's text: what was put is what is given back.
struct SettingRecord {
  std::string text;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.text);
  }
};

// The part of the store that changes only with buckets and their settings.
inline store::Key bucket_space() {
  return store::Key("s3-bucket");
}

// What the lifecycle has to come back for.
inline store::Key due_space() {
  return store::Key("s3-due");
}

struct Tables {
  explicit Tables(store::Transaction& transaction)
      : tx(transaction),
        buckets(tx, bucket_space() + store::Key("name")),
        owned(tx, bucket_space() + store::Key("owner")),
        settings(tx, bucket_space() + store::Key("setting")),
        objects(tx, store::Key("s3-object")),
        versions(tx, store::Key("s3-version")),
        parts_of(tx, store::Key("s3-parts")),
        uploads(tx, store::Key("s3-upload")),
        parts(tx, store::Key("s3-part")),
        lifecycles(tx, due_space() + store::Key("lifecycle")),
        restored(tx, due_space() + store::Key("restored")),
        passes(tx, store::Key("s3-pass")) {}

  // The bucket has no rules any more.
  void end_lifecycle(const BucketRecord& bucket) {
    lifecycles.erase(store::Key(bucket.name));
    passes.erase(store::Key(bucket.name));
  }

  store::Transaction& tx;
  store::Table<BucketRecord> buckets;
  store::Table<Nothing> owned;
  store::Table<SettingRecord> settings;
  store::Table<ObjectRecord> objects;
  store::Table<ObjectRecord> versions;
  store::Table<PartList> parts_of;
  store::Table<UploadRecord> uploads;
  store::Table<PartRecord> parts;
  store::Table<LifecycleRecord> lifecycles;
  store::Table<Nothing> restored;
  store::Table<PassRecord> passes;
};

}  // namespace hearth::services::s3
