#include "wire/conditions.h"

#include "wire/document.h"
#include "wire/member_path.h"
#include "wire/uri_template.h"

namespace hearth::wire {
namespace {

using Conditions = std::vector<std::pair<std::string, std::vector<std::string>>>;

std::vector<std::string> values_of(const json::value& value) {
  if (value.is_string()) return {std::string(value.get_string())};
  if (value.is_bool()) return {value.get_bool() ? "true" : "false"};
  if (value.is_int64()) return {std::to_string(value.get_int64())};
  std::vector<std::string> all;
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) {
      for (std::string& one : values_of(item)) all.push_back(std::move(one));
    }
  }
  return all;
}

std::vector<std::string> time_values(const json::value& value, std::string_view form, TimePoint now) {
  const auto time = document_time(value);
  if (!time) return {};
  if (form == "time") return {iso8601_seconds(*time)};
  return {std::to_string(std::chrono::ceil<std::chrono::days>(*time - now).count())};
}

QueryPairs tags_in(const json::value& value) {
  if (value.is_string()) return parse_query(value.get_string(), true);
  QueryPairs tags;
  const json::array* list = value.if_array();
  if (!list) return tags;
  for (const json::value& item : *list) {
    const json::object* tag = item.if_object();
    const json::value* key = tag ? tag->if_contains("Key") : nullptr;
    const json::value* text = tag ? tag->if_contains("Value") : nullptr;
    if (!key || !key->is_string()) continue;
    tags.emplace_back(key->get_string(), text && text->is_string() ? std::string(text->get_string()) : "");
  }
  return tags;
}

void add_tags_in(const ConditionMember& condition, const json::value& value, bool keys_only,
                 Conditions& out) {
  std::vector<std::string> keys;
  for (auto& [key, text] : tags_in(value)) {
    if (!keys_only) out.emplace_back(std::string(condition.key) + key, std::vector{std::move(text)});
    keys.push_back(std::move(key));
  }
  if (keys_only && !keys.empty()) out.emplace_back(condition.key, std::move(keys));
}

void add_member(const ConditionMember& condition, const json::object& input, TimePoint now, Conditions& out) {
  const size_t colon = condition.member.find(':');
  const json::value* value = member_at(input, condition.member.substr(0, colon));
  if (!value) return;
  const std::string_view form =
      colon == std::string_view::npos ? std::string_view() : condition.member.substr(colon + 1);
  if (form.starts_with("tag")) return add_tags_in(condition, *value, form == "tag-keys", out);
  out.emplace_back(condition.key, form.empty() ? values_of(*value) : time_values(*value, form, now));
}

// A tag as lists have it: {"Key": k, "Value": v}, with the spelling of the service.
const json::value* member(const json::object& tag, std::string_view upper, std::string_view lower) {
  const json::value* found = tag.if_contains(upper);
  return found ? found : tag.if_contains(lower);
}

void add_tag(std::string_view key, const json::value* value, std::vector<std::string>& keys,
             Conditions& out) {
  keys.emplace_back(key);
  if (!value || !value->is_string()) return;
  out.emplace_back("aws:RequestTag/" + std::string(key), std::vector{std::string(value->get_string())});
}

void add_tags(const json::value& tags, std::vector<std::string>& keys, Conditions& out) {
  if (const json::object* map = tags.if_object()) {
    for (const auto& [key, value] : *map) add_tag(key, &value, keys, out);
  }
  const json::array* list = tags.if_array();
  if (!list) return;
  for (const json::value& item : *list) {
    const json::object* tag = item.if_object();
    const json::value* key = tag ? member(*tag, "Key", "key") : nullptr;
    if (key && key->is_string()) add_tag(key->get_string(), member(*tag, "Value", "value"), keys, out);
  }
}

}  // namespace

Conditions conditions_of(const OperationInfo& operation, const json::object& input, TimePoint now) {
  Conditions out;
  for (const ConditionMember& condition : operation.conditions) add_member(condition, input, now, out);
  std::vector<std::string> keys;
  for (const char* name : {"Tags", "tags"}) {
    if (const json::value* tags = input.if_contains(name)) add_tags(*tags, keys, out);
  }
  for (const char* name : {"TagKeys", "tagKeys"}) {
    if (const json::value* removed = input.if_contains(name)) {
      for (std::string& key : values_of(*removed)) keys.push_back(std::move(key));
    }
  }
  if (!keys.empty()) out.emplace_back("aws:TagKeys", std::move(keys));
  return out;
}

}  // namespace hearth::wire
