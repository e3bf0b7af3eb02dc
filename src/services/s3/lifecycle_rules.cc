#include "services/s3/lifecycle_rules.h"

#include <algorithm>

#include "services/s3/archive.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {
namespace {

// From the first to the last that an object may go to; each goes only further.
constexpr std::string_view kOrder[] = {"STANDARD",   "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA",
                                       "GLACIER_IR", "GLACIER",     "DEEP_ARCHIVE"};

// Classes that are not among them are at the beginning.
size_t order_of(std::string_view storage_class) {
  const auto found = std::ranges::find(kOrder, storage_class);
  return found == std::end(kOrder) ? 0 : static_cast<size_t>(found - std::begin(kOrder));
}

void put_tag(const std::optional<api::s3::Tag>& tag, Tags& tags) {
  if (tag) tags.emplace(tag->key, tag->value);
}

}  // namespace

Lifecycle::Rule Lifecycle::rule_of(const api::s3::LifecycleRule& given) {
  Rule rule{.id = given.id.value_or(""), .prefix = given.prefix.value_or("")};
  if (given.filter) {
    if (given.filter->prefix) rule.prefix = *given.filter->prefix;
    put_tag(given.filter->tag, rule.tags);
    rule.larger_than = given.filter->object_size_greater_than;
    rule.smaller_than = given.filter->object_size_less_than;
    if (const auto& all = given.filter->and_) {
      rule.prefix = all->prefix.value_or("");
      if (all->tags) {
        for (const api::s3::Tag& tag : *all->tags) put_tag(tag, rule.tags);
      }
      rule.larger_than = all->object_size_greater_than;
      rule.smaller_than = all->object_size_less_than;
    }
  }
  if (const auto& expiry = given.expiration) {
    rule.lone_markers = expiry->expired_object_delete_marker.value_or(false);
    if (expiry->date || expiry->days) {
      rule.expiry = When{.date = expiry->date, .days = expiry->days.value_or(0)};
    }
  }
  if (given.transitions) {
    for (const auto& move : *given.transitions) {
      rule.moves.push_back({.when = {.date = move.date, .days = move.days.value_or(0)},
                            .to = move.storage_class.value_or("")});
    }
  }
  if (given.noncurrent_version_transitions) {
    for (const auto& move : *given.noncurrent_version_transitions) {
      rule.older_moves.push_back({.when = {.days = move.noncurrent_days.value_or(0)},
                                  .to = move.storage_class.value_or(""),
                                  .newer_kept = move.newer_noncurrent_versions.value_or(0)});
    }
  }
  if (const auto& expiry = given.noncurrent_version_expiration) {
    rule.older_expiry = Move{.when = {.days = expiry->noncurrent_days.value_or(0)},
                             .newer_kept = expiry->newer_noncurrent_versions.value_or(0)};
  }
  if (const auto& abort = given.abort_incomplete_multipart_upload) {
    rule.abort_days = abort->days_after_initiation;
  }
  return rule;
}

Lifecycle::Lifecycle(const LifecycleDocument& document, Calendar calendar)
    : calendar_(calendar), small_may_move_(document.transition_default_minimum_object_size == kSmallMayMove) {
  if (!document.rules) return;
  for (const api::s3::LifecycleRule& given : *document.rules) {
    if (given.status != "Enabled") continue;
    const Rule& rule = rules_.emplace_back(rule_of(given));
    // Markers are versions too, and go like objects do.
    about_versions_ |= rule.older_expiry || !rule.older_moves.empty() || rule.lone_markers || rule.expiry;
    about_uploads_ |= rule.abort_days.has_value();
  }
}

bool Lifecycle::meets(const Rule& rule, const std::string& key, const ObjectRecord& object) const {
  if (!key.starts_with(rule.prefix)) return false;
  const auto size_bytes = static_cast<int64_t>(object.body.size_bytes);
  if (rule.larger_than && size_bytes <= *rule.larger_than) return false;
  if (rule.smaller_than && size_bytes >= *rule.smaller_than) return false;
  return std::ranges::all_of(rule.tags, [&object](const auto& tag) {
    const auto found = object.head.tags.find(tag.first);
    return found != object.head.tags.end() && found->second == tag.second;
  });
}

// Small objects stay where they are, unless the rule says something of sizes.
bool Lifecycle::moves(const Rule& rule, const Move& move, const ObjectRecord& object) const {
  if (order_of(move.to) <= order_of(object.head.storage_class)) return false;
  if (rule.larger_than || rule.smaller_than) return true;
  if (object.body.size_bytes >= limits::kMovedBytesMin) return true;
  return small_may_move_ && is_archive(move.to);
}

std::optional<Lifecycle::Due> Lifecycle::expiry(const std::string& key, const ObjectRecord& object) const {
  std::optional<Due> first;
  for (const Rule& rule : rules_) {
    if (!rule.expiry || !meets(rule, key, object)) continue;
    const TimePoint at = due(*rule.expiry, object.modified);
    if (!first || at < first->at) first = Due{.at = at, .rule_id = rule.id};
  }
  return first;
}

std::optional<Lifecycle::Due> Lifecycle::abort(const std::string& key, TimePoint initiated) const {
  std::optional<Due> first;
  for (const Rule& rule : rules_) {
    if (!rule.abort_days || !key.starts_with(rule.prefix)) continue;
    const TimePoint at = calendar_.after(initiated, *rule.abort_days);
    if (!first || at < first->at) first = Due{.at = at, .rule_id = rule.id};
  }
  return first;
}

std::optional<std::string> Lifecycle::next_class(const std::string& key, const ObjectRecord& object,
                                                 TimePoint now) const {
  std::optional<std::string> last;
  for (const Rule& rule : rules_) {
    if (rule.moves.empty() || !meets(rule, key, object)) continue;
    for (const Move& move : rule.moves) {
      if (!moves(rule, move, object) || due(move.when, object.modified) > now) continue;
      if (!last || order_of(move.to) > order_of(*last)) last = move.to;
    }
  }
  return last;
}

bool Lifecycle::expires(const std::string& key, const ObjectRecord& version, Noncurrent state,
                        TimePoint now) const {
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    return rule.older_expiry && state.newer >= rule.older_expiry->newer_kept && meets(rule, key, version) &&
           due(rule.older_expiry->when, state.since) <= now;
  });
}

std::optional<std::string> Lifecycle::next_class(const std::string& key, const ObjectRecord& version,
                                                 Noncurrent state, TimePoint now) const {
  std::optional<std::string> last;
  for (const Rule& rule : rules_) {
    if (rule.older_moves.empty() || version.marker || !meets(rule, key, version)) continue;
    for (const Move& move : rule.older_moves) {
      if (state.newer < move.newer_kept || !moves(rule, move, version)) continue;
      if (due(move.when, state.since) > now) continue;
      if (!last || order_of(move.to) > order_of(*last)) last = move.to;
    }
  }
  return last;
}

bool Lifecycle::marker_expires(const std::string& key, const ObjectRecord& marker, TimePoint now) const {
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    if (!key.starts_with(rule.prefix)) return false;
    // A marker has neither tags nor a size.
    if (!rule.tags.empty() || rule.larger_than || rule.smaller_than) return false;
    return rule.lone_markers || (rule.expiry && due(*rule.expiry, marker.modified) <= now);
  });
}

}  // namespace hearth::services::s3
