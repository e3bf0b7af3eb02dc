// The rules of a bucket's lifecycle: what is due when. Pure; lifecycle_worker.h does what is due.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/s3.h"
#include "services/s3/calendar.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

// The document as it is kept and given back.
using LifecycleDocument = api::s3::GetBucketLifecycleConfigurationOutput;

inline constexpr std::string_view kSmallStay = "all_storage_classes_128K";
inline constexpr std::string_view kSmallMayMove = "varies_by_storage_class";

// In the words of the service.
Status check_lifecycle(const std::vector<api::s3::LifecycleRule>& rules);

class Lifecycle {
 public:
  // REQUIRES check_lifecycle().
  Lifecycle(const LifecycleDocument& document, Calendar calendar);

  struct Due {
    TimePoint at;
    std::string rule_id;
  };
  // When the object goes, while it is the current one; nothing: never.
  std::optional<Due> expiry(const std::string& key, const ObjectRecord& object) const;
  // When an upload that is not completed by then is given up.
  std::optional<Due> abort(const std::string& key, TimePoint initiated) const;
  // The storage class that the object should be in by now; nothing: where it is.
  std::optional<std::string> next_class(const std::string& key, const ObjectRecord& object,
                                        TimePoint now) const;

  // An older version.
  struct Noncurrent {
    TimePoint since;    // there is a newer one
    int64_t newer = 0;  // older versions that are newer than this
  };
  bool expires(const std::string& key, const ObjectRecord& version, Noncurrent state, TimePoint now) const;
  std::optional<std::string> next_class(const std::string& key, const ObjectRecord& version, Noncurrent state,
                                        TimePoint now) const;
  // A delete marker that is all there is of its key.
  bool marker_expires(const std::string& key, const ObjectRecord& marker, TimePoint now) const;

  // Whether there is anything to look for among versions, or uploads.
  bool about_versions() const { return about_versions_; }
  bool about_uploads() const { return about_uploads_; }

 private:
  struct When {
    std::optional<TimePoint> date;  // or else days
    int64_t days = 0;
  };
  struct Move {
    When when;
    std::string to;
    int64_t newer_kept = 0;  // of older versions
  };
  struct Rule {
    std::string id;
    std::string prefix;
    std::map<std::string, std::string> tags;
    std::optional<int64_t> larger_than, smaller_than;
    std::optional<When> expiry;
    bool lone_markers = false;
    std::vector<Move> moves, older_moves;
    std::optional<Move> older_expiry;
    std::optional<int64_t> abort_days;
  };

  static Rule rule_of(const api::s3::LifecycleRule& given);
  bool meets(const Rule& rule, const std::string& key, const ObjectRecord& object) const;
  bool moves(const Rule& rule, const Move& move, const ObjectRecord& object) const;
  TimePoint due(const When& when, TimePoint from) const {
    return when.date ? *when.date : calendar_.after(from, when.days);
  }

  Calendar calendar_;
  std::vector<Rule> rules_;  // those that are enabled
  bool small_may_move_ = false;
  bool about_versions_ = false, about_uploads_ = false;
};

}  // namespace hearth::services::s3
