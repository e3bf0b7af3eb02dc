// What S3 keeps of access points. They lie with the buckets (records.h), because decisions look at both:
//
//   ("s3-bucket", "access-point", kind, account, region, name)       AccessPointRecord
//   ("s3-bucket", "access-point-alias", alias)                       AccessPointId
//   ("s3-bucket", "access-point-of", bucket, account, region, name)  nothing: the access points of a bucket
#pragma once
#include <map>
#include <string>

#include "services/s3/records.h"

namespace hearth::services::s3 {

// What is behind an access point: a bucket, or another access point and a function that changes what is read.
enum class AccessPointKind : uint8_t { kBucket, kObjectLambda };

struct AccessPointId {
  AccessPointKind kind = AccessPointKind::kBucket;
  std::string account;
  std::string region;
  std::string name;
  bool operator==(const AccessPointId&) const = default;

  std::string_view service() const { return kind == AccessPointKind::kBucket ? "s3" : "s3-object-lambda"; }
  std::string arn() const {
    return "arn:aws:" + std::string(service()) + ":" + region + ":" + account + ":accesspoint/" + name;
  }
  store::Key key() const { return store::Key(service(), account, region, name); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.kind);
    visit(2, self.account);
    visit(3, self.region);
    visit(4, self.name);
  }
};

struct AccessPointRecord {
  AccessPointId id;
  std::string alias;
  TimePoint created;
  std::string bucket;          // of kBucket, as is the next
  std::string bucket_account;  // whose it was then
  bool block_acls = true, ignore_acls = true, block_policy = true, restrict_buckets = true;
  std::string policy;         // its text; empty: none
  std::string configuration;  // of kObjectLambda: the document
  std::map<std::string, std::string> tags;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.alias);
    visit(3, self.created);
    visit(4, self.bucket);
    visit(5, self.bucket_account);
    visit(6, self.block_acls);
    visit(7, self.ignore_acls);
    visit(8, self.block_policy);
    visit(9, self.restrict_buckets);
    visit(10, self.policy);
    visit(11, self.configuration);
    visit(12, self.tags);
  }
};

struct AccessPointTables {
  explicit AccessPointTables(store::Transaction& tx)
      : points(tx, bucket_space() + store::Key("access-point")),
        aliases(tx, bucket_space() + store::Key("access-point-alias")),
        of_bucket(tx, bucket_space() + store::Key("access-point-of")),
        settings(tx, bucket_space() + store::Key("setting")) {}

  static store::Key place(const AccessPointRecord& point) {
    return store::Key(point.bucket, point.id.account, point.id.region, point.id.name);
  }
  void put(const AccessPointRecord& point) { points.put(point.id.key(), point); }
  void add(const AccessPointRecord& point) {
    put(point);
    aliases.put(store::Key(point.alias), point.id);
    if (point.id.kind == AccessPointKind::kBucket) of_bucket.put(place(point), {});
  }
  void erase(const AccessPointRecord& point) {
    points.erase(point.id.key());
    aliases.erase(store::Key(point.alias));
    if (point.id.kind == AccessPointKind::kBucket) of_bucket.erase(place(point));
  }

  store::Table<AccessPointRecord> points;
  store::Table<AccessPointId> aliases;
  store::Table<Nothing> of_bucket;
  store::Table<SettingRecord> settings;  // for those of accounts
};

}  // namespace hearth::services::s3
