#include "services/ecr/lifecycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "services/ecr/tag_rules.h"

namespace hearth::services::ecr {
namespace {

constexpr size_t kRulesMax = 50;

Status invalid(std::string why) {
  return fail("InvalidLifecyclePolicy", std::move(why));
}

Result<std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (!found || !found->is_string())
    return fail("InvalidLifecyclePolicy", fmt::format("{} is not a string", name));
  return std::string(found->get_string());
}

Result<int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (!found || !found->is_int64() || found->get_int64() < 1) {
    return fail("InvalidLifecyclePolicy", fmt::format("{} is not a whole number above 0", name));
  }
  return found->get_int64();
}

Result<const json::object*> object_of(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (!found || !found->is_object())
    return fail("InvalidLifecyclePolicy", fmt::format("{} is not an object", name));
  return &found->get_object();
}

Status only_has(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : object) {
    if (std::ranges::find(names, std::string_view(name)) == names.end()) {
      return invalid(fmt::format("{} is not known", std::string_view(name)));
    }
  }
  return {};
}

}  // namespace

bool Lifecycle::Rule::selects(const AgedImage& image) const {
  if (tagged == Tagged::kAny) return true;
  if (tagged == Tagged::kUntagged) return image.tags.empty();
  return !image.tags.empty() && std::ranges::all_of(patterns, [&](const std::string& pattern) {
    return std::ranges::any_of(image.tags,
                               [&](const std::string& tag) { return matches_wildcard(pattern, tag); });
  });
}

Status Lifecycle::read_selection(const json::object& object, Rule& rule) {
  TRY_SYNC_VOID(only_has(
      object, {"tagStatus", "tagPrefixList", "tagPatternList", "countType", "countUnit", "countNumber"}));
  TRY_SYNC(const std::string status, text_of(object, "tagStatus"));
  if (status != "tagged" && status != "untagged" && status != "any") return invalid("tagStatus is none");
  rule.tagged = status == "tagged" ? Tagged::kTagged : status == "any" ? Tagged::kAny : Tagged::kUntagged;
  for (const std::string_view name : {"tagPrefixList", "tagPatternList"}) {
    const json::value* list = object.if_contains(name);
    if (!list) continue;
    if (!list->is_array()) return invalid(fmt::format("{} is not a list", name));
    if (!rule.patterns.empty()) return invalid("tagPrefixList and tagPatternList exclude each other");
    for (const json::value& one : list->get_array()) {
      if (!one.is_string() || one.get_string().empty()) return invalid(fmt::format("{} has no string", name));
      std::string pattern(one.get_string());
      rule.patterns.push_back(name == "tagPrefixList" ? std::move(pattern) + "*" : std::move(pattern));
    }
  }
  if ((rule.tagged == Tagged::kTagged) == rule.patterns.empty()) {
    return invalid("tagPrefixList or tagPatternList is there if, and only if, tagStatus is tagged");
  }
  TRY_SYNC(const int64_t count, number_of(object, "countNumber"));
  TRY_SYNC(const std::string type, text_of(object, "countType"));
  const bool by_age = type == "sinceImagePushed";
  if (!by_age && type != "imageCountMoreThan") return invalid(fmt::format("countType {} is not known", type));
  if (by_age != object.contains("countUnit")) return invalid("countUnit goes with sinceImagePushed alone");
  if (!by_age) {
    rule.count = count;
    return {};
  }
  TRY_SYNC(const std::string unit, text_of(object, "countUnit"));
  if (unit != "days") return invalid("countUnit is not days");
  rule.days = count;
  return {};
}

Result<Lifecycle::Rule> Lifecycle::read_rule(const json::object& object) {
  Rule rule;
  TRY_SYNC_VOID(only_has(object, {"rulePriority", "description", "selection", "action"}));
  TRY_SYNC(rule.priority, number_of(object, "rulePriority"));
  TRY_SYNC(const json::object* action, object_of(object, "action"));
  TRY_SYNC_VOID(only_has(*action, {"type"}));
  TRY_SYNC(const std::string type, text_of(*action, "type"));
  if (type != "expire") return fail("InvalidLifecyclePolicy", fmt::format("action {} is not known", type));
  TRY_SYNC(const json::object* selection, object_of(object, "selection"));
  TRY_SYNC_VOID(read_selection(*selection, rule));
  return rule;
}

// REQUIRES that they are in the order of their priorities.
Status Lifecycle::check(const std::vector<Rule>& rules) {
  if (rules.empty() || rules.size() > kRulesMax)
    return invalid(fmt::format("1 to {} rules are needed", kRulesMax));
  size_t untagged = 0;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (i > 0 && rules[i].priority == rules[i - 1].priority) return invalid("a rulePriority is there twice");
    if (rules[i].tagged == Tagged::kUntagged && ++untagged > 1) {
      return invalid("only one rule may select untagged images");
    }
    if (rules[i].tagged == Tagged::kAny && i + 1 < rules.size()) {
      return invalid("the rule that selects any image must have the highest rulePriority");
    }
  }
  return {};
}

Result<Lifecycle> Lifecycle::parse(std::string_view text) {
  TRY_SYNC(const json::value document, parse_json(text));
  if (!document.is_object()) return fail("InvalidLifecyclePolicy", "it is not an object");
  TRY_SYNC_VOID(only_has(document.get_object(), {"rules"}));
  const json::value* list = document.get_object().if_contains("rules");
  if (!list || !list->is_array()) return fail("InvalidLifecyclePolicy", "rules is not a list");
  Lifecycle policy;
  for (const json::value& one : list->get_array()) {
    if (!one.is_object()) return fail("InvalidLifecyclePolicy", "a rule is not an object");
    TRY_SYNC(Rule rule, read_rule(one.get_object()));
    policy.rules_.push_back(std::move(rule));
  }
  std::ranges::sort(policy.rules_, {}, &Rule::priority);
  TRY_SYNC_VOID(check(policy.rules_));
  return policy;
}

std::vector<std::string> Lifecycle::expired(std::vector<AgedImage> images, TimePoint now) const {
  std::ranges::sort(images, std::ranges::greater(), &AgedImage::pushed);  // the youngest first
  std::vector<std::string> gone;
  std::set<std::string> decided;  // selected by a rule that was before
  for (const Rule& rule : rules_) {
    int64_t seen = 0;
    std::vector<std::string> selected;
    for (const AgedImage& image : images) {
      if (!rule.selects(image)) continue;
      const bool goes = rule.days ? image.pushed + std::chrono::days(*rule.days) <= now : ++seen > rule.count;
      if (goes && !decided.contains(image.digest)) gone.push_back(image.digest);
      selected.push_back(image.digest);
    }
    decided.insert(selected.begin(), selected.end());
  }
  return gone;
}

}  // namespace hearth::services::ecr
