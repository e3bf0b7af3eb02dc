// What the service says of rules that it does not take.
#include <algorithm>
#include <set>

#include "services/s3/errors.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {
namespace {

using Rule = api::s3::LifecycleRule;

constexpr int32_t kInfrequentDaysMin = 30;

std::unexpected<Error> bad_argument(std::string message, std::string name, std::string value) {
  return fail(errors::invalid_argument(std::move(message), std::move(name), std::move(value)));
}
std::unexpected<Error> bad_request(std::string message) {
  return fail(errors::invalid_request(std::move(message)));
}

std::string prefix_of(const Rule& rule) {
  if (rule.prefix) return *rule.prefix;
  if (rule.filter->and_) return rule.filter->and_->prefix.value_or("");
  return rule.filter->prefix.value_or("");
}
bool has_tags(const Rule& rule) {
  return rule.filter && (rule.filter->tag || (rule.filter->and_ && rule.filter->and_->tags));
}
bool has_sizes(const Rule& rule) {
  const auto& filter = rule.filter;
  if (!filter) return false;
  if (filter->object_size_greater_than || filter->object_size_less_than) return true;
  return filter->and_ && (filter->and_->object_size_greater_than || filter->and_->object_size_less_than);
}

Status check_sizes(const auto& filter) {
  const auto& larger = filter.object_size_greater_than;
  const auto& smaller = filter.object_size_less_than;
  if (larger && *larger < 0) {
    return bad_argument("'ObjectSizeGreaterThan' should be a non-negative value", "ObjectSizeGreaterThan",
                        std::to_string(*larger));
  }
  if (smaller && *smaller < 1) {
    return bad_argument("'ObjectSizeLessThan' should be a positive value", "ObjectSizeLessThan",
                        std::to_string(*smaller));
  }
  if (larger && smaller && *smaller <= *larger + 1) {
    return bad_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'");
  }
  return {};
}

// One thing, or several joined by And.
Status check_filter(const Rule& rule) {
  if (rule.filter.has_value() == rule.prefix.has_value()) return fail(errors::malformed_xml());
  if (!rule.filter) return {};
  const auto& filter = *rule.filter;
  const int things = filter.prefix.has_value() + filter.tag.has_value() +
                     filter.object_size_greater_than.has_value() + filter.object_size_less_than.has_value() +
                     filter.and_.has_value();
  if (things > 1) return fail(errors::malformed_xml());
  std::vector<std::pair<std::string, std::string>> tags;
  if (filter.tag) tags.emplace_back(filter.tag->key, filter.tag->value);
  if (const auto& all = filter.and_) {
    if (all->tags) {
      for (const auto& tag : *all->tags) tags.emplace_back(tag.key, tag.value);
    }
    const size_t joined = all->prefix.has_value() + tags.size() + all->object_size_greater_than.has_value() +
                          all->object_size_less_than.has_value();
    if (joined < 2) return fail(errors::malformed_xml());
    TRY_SYNC_VOID(check_sizes(*all));
  }
  TRY_SYNC_VOID(check_tags(tags, limits::kObjectTagsMax));
  return check_sizes(filter);
}

Status check_date(TimePoint date) {
  if (date == TimePoint(std::chrono::floor<std::chrono::days>(date))) return {};
  return bad_argument("'Date' must be at midnight GMT", "Date", iso8601_ms(date));
}

Status check_days(const std::optional<int32_t>& days, int32_t days_min, std::string_view name,
                  std::string_view action) {
  if (!days || *days >= days_min) return {};
  return bad_argument("'" + std::string(name) + "' for " + std::string(action) + " action must be a " +
                          (days_min == 0 ? "nonnegative" : "positive") + " integer",
                      std::string(name), std::to_string(*days));
}

Status check_expiration(const Rule& rule) {
  if (!rule.expiration) return {};
  const auto& expiration = *rule.expiration;
  const int things = expiration.date.has_value() + expiration.days.has_value() +
                     expiration.expired_object_delete_marker.has_value();
  if (things != 1) return fail(errors::malformed_xml());
  if (expiration.date) TRY_SYNC_VOID(check_date(*expiration.date));
  TRY_SYNC_VOID(check_days(expiration.days, 1, "Days", "Expiration"));
  if (!expiration.expired_object_delete_marker) return {};
  if (has_tags(rule)) return bad_request("ExpiredObjectDeleteMarker cannot be specified with Tags.");
  if (has_sizes(rule)) return bad_request("ExpiredObjectDeleteMarker cannot be specified with Object Size.");
  return {};
}

// Classes from which an object needs some days to be taken to.
Status check_infrequent(const std::optional<int32_t>& days, const std::string& to, const std::string& name,
                        const std::string& action) {
  if (!days || *days >= kInfrequentDaysMin || !to.ends_with("_IA")) return {};
  return bad_argument("'" + name + "' in " + action +
                          " action must be greater than or equal to 30 for storageClass '" + to + "'",
                      name, std::to_string(*days));
}

Status check_transitions(const Rule& rule) {
  if (!rule.transitions) return {};
  std::set<std::string> classes;
  for (const auto& move : *rule.transitions) {
    if (!move.storage_class || move.date.has_value() == move.days.has_value()) {
      return fail(errors::malformed_xml());
    }
    const std::string& to = *move.storage_class;
    if (!classes.insert(to).second) {
      return bad_request(
          "'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix '" +
          prefix_of(rule) + "'");
    }
    if (move.date) TRY_SYNC_VOID(check_date(*move.date));
    TRY_SYNC_VOID(check_days(move.days, 0, "Days", "Transition"));
    TRY_SYNC_VOID(check_infrequent(move.days, to, "Days", "Transition"));
    const auto& expiration = rule.expiration;
    if (expiration && ((expiration->date && move.days) || (expiration->days && move.date))) {
      return bad_request(
          "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for "
          "prefix '" +
          prefix_of(rule) + "'");
    }
    if (expiration && expiration->days && move.days && *expiration->days <= *move.days) {
      return bad_argument("'Days' in the Expiration action for prefix '" + prefix_of(rule) +
                              "' must be greater than 'Days' in the Transition action",
                          "Days", std::to_string(*expiration->days));
    }
    if (expiration && expiration->date && move.date && *expiration->date <= *move.date) {
      return bad_argument("'Date' in the Expiration action for prefix '" + prefix_of(rule) +
                              "' must be later than 'Date' in the Transition action",
                          "Date", iso8601_ms(*expiration->date));
    }
  }
  return {};
}

// The colder, the later.
Status check_order(const Rule& rule) {
  if (!rule.transitions) return {};
  constexpr std::string_view kOrder[] = {"STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR",
                                         "GLACIER",     "DEEP_ARCHIVE"};
  const auto place = [&](const auto& move) { return std::ranges::find(kOrder, *move.storage_class); };
  for (const auto& a : *rule.transitions) {
    for (const auto& b : *rule.transitions) {
      if (place(a) >= place(b)) continue;
      if (a.days.has_value() != b.days.has_value()) {
        return bad_request(
            "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for prefix '" +
            prefix_of(rule) + "'");
      }
      const bool later = a.days ? *a.days < *b.days : *a.date < *b.date;
      if (later) continue;
      return bad_argument("'" + std::string(a.days ? "Days" : "Date") +
                              "' in the 'Transition' action for StorageClass '" + *b.storage_class +
                              "' for prefix '" + prefix_of(rule) +
                              "' must be greater than that of StorageClass '" + *a.storage_class + "'",
                          a.days ? "Days" : "Date", a.days ? std::to_string(*b.days) : iso8601_ms(*b.date));
    }
  }
  return {};
}

Status check_newer(const std::optional<int32_t>& newer, std::string_view action) {
  if (!newer || (*newer >= 1 && *newer <= limits::kNewerVersionsMax)) return {};
  return bad_argument("'NewerNoncurrentVersions' for " + std::string(action) + " action must be " +
                          (*newer < 1 ? "a positive integer" : "at most 100"),
                      "NewerNoncurrentVersions", std::to_string(*newer));
}

Status check_older(const Rule& rule) {
  std::set<std::string> classes;
  for (const auto& move :
       rule.noncurrent_version_transitions.value_or(std::vector<api::s3::NoncurrentVersionTransition>())) {
    if (!move.storage_class || !move.noncurrent_days) return fail(errors::malformed_xml());
    if (!classes.insert(*move.storage_class).second) {
      return bad_request(
          "'StorageClass' must be different for 'NoncurrentVersionTransition' actions in same 'Rule' with "
          "prefix '" +
          prefix_of(rule) + "'");
    }
    TRY_SYNC_VOID(check_days(move.noncurrent_days, 0, "NoncurrentDays", "NoncurrentVersionTransition"));
    TRY_SYNC_VOID(check_infrequent(move.noncurrent_days, *move.storage_class, "NoncurrentDays",
                                   "NoncurrentVersionTransition"));
    TRY_SYNC_VOID(check_newer(move.newer_noncurrent_versions, "NoncurrentVersionTransition"));
    const auto& expiration = rule.noncurrent_version_expiration;
    if (expiration && expiration->noncurrent_days && *expiration->noncurrent_days <= *move.noncurrent_days) {
      return bad_argument(
          "'NoncurrentDays' in the NoncurrentVersionExpiration action for prefix '" + prefix_of(rule) +
              "' must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action",
          "NoncurrentDays", std::to_string(*expiration->noncurrent_days));
    }
  }
  if (!rule.noncurrent_version_expiration) return {};
  const auto& expiration = *rule.noncurrent_version_expiration;
  if (!expiration.noncurrent_days) return fail(errors::malformed_xml());
  TRY_SYNC_VOID(check_days(expiration.noncurrent_days, 1, "NoncurrentDays", "NoncurrentVersionExpiration"));
  return check_newer(expiration.newer_noncurrent_versions, "NoncurrentVersionExpiration");
}

Status check_abort(const Rule& rule) {
  if (!rule.abort_incomplete_multipart_upload) return {};
  const auto& days = rule.abort_incomplete_multipart_upload->days_after_initiation;
  if (!days) return fail(errors::malformed_xml());
  TRY_SYNC_VOID(check_days(days, 1, "DaysAfterInitiation", "AbortIncompleteMultipartUpload"));
  if (has_tags(rule)) return bad_request("AbortIncompleteMultipartUpload cannot be specified with Tags.");
  if (has_sizes(rule)) {
    return bad_request("AbortIncompleteMultipartUpload cannot be specified with Object Size.");
  }
  return {};
}

Status check_rule(const Rule& rule) {
  if (rule.id && rule.id->size() > limits::kRuleIdMax) {
    return bad_argument("ID length should not exceed allowed limit of 255", "ID", *rule.id);
  }
  if (rule.status != "Enabled" && rule.status != "Disabled") return fail(errors::malformed_xml());
  TRY_SYNC_VOID(check_filter(rule));
  const bool moves = (rule.transitions && !rule.transitions->empty()) ||
                     (rule.noncurrent_version_transitions && !rule.noncurrent_version_transitions->empty());
  if (!rule.expiration && !moves && !rule.noncurrent_version_expiration &&
      !rule.abort_incomplete_multipart_upload) {
    return bad_request("At least one action needs to be specified in a rule");
  }
  TRY_SYNC_VOID(check_expiration(rule));
  TRY_SYNC_VOID(check_transitions(rule));
  TRY_SYNC_VOID(check_order(rule));
  TRY_SYNC_VOID(check_older(rule));
  return check_abort(rule);
}

}  // namespace

Status check_lifecycle(const std::vector<Rule>& rules) {
  if (rules.empty() || rules.size() > limits::kLifecycleRulesMax) return fail(errors::malformed_xml());
  std::set<std::string> ids;
  for (const Rule& rule : rules) {
    TRY_SYNC_VOID(check_rule(rule));
    if (rule.id && !rule.id->empty() && !ids.insert(*rule.id).second) {
      return bad_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", *rule.id);
    }
  }
  return {};
}

}  // namespace hearth::services::s3
