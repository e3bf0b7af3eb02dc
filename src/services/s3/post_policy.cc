#include "services/s3/post_policy.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/whole_number.h"
#include "wire/scalar_text.h"

namespace hearth::services::s3 {
namespace {

Error invalid(std::string reason) {
  return {.code = "InvalidPolicyDocument", .message = "Invalid Policy: " + std::move(reason), .status = 400};
}

Error denied(std::string reason) {
  return {
      .code = "AccessDenied", .message = "Invalid according to Policy: " + std::move(reason), .status = 403};
}

// Fields that no condition needs to speak of.
bool is_free(const std::string& field) {
  constexpr std::string_view kFree[] = {"x-amz-signature", "signature", "awsaccesskeyid", "file", "policy"};
  return field.starts_with("x-ignore-") || std::ranges::find(kFree, field) != std::ranges::end(kFree);
}

std::optional<uint64_t> number_of(const json::value& value) {
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<uint64_t>(value.get_int64());
  if (!value.is_string()) return std::nullopt;
  return whole_number<uint64_t>(std::string_view(value.get_string()));
}

bool is_text(const json::array& items) {
  return std::ranges::all_of(items, [](const json::value& item) { return item.is_string(); });
}

}  // namespace

void PostPolicy::add(bool prefix, std::string_view field, std::string_view value) {
  const std::string shown = "[\"" + std::string(prefix ? "starts-with" : "eq") + "\", \"$" +
                            std::string(field) + "\", \"" + std::string(value) + "\"]";
  conditions_.push_back(
      {.prefix = prefix, .field = to_lower(field), .value = std::string(value), .text = shown});
}

// ["eq", "$field", "value"], ["starts-with", "$field", "prefix"] or ["content-length-range", 1, 10].
Status PostPolicy::add_list(const json::array& items) {
  constexpr size_t kItems = 3;
  if (items.size() != kItems || !items[0].is_string()) {
    return fail(invalid("Invalid Condition: must have exactly three elements."));
  }
  const std::string kind = to_lower(std::string_view(items[0].get_string()));
  if (kind == "content-length-range") {
    const auto min = number_of(items[1]), max = number_of(items[2]);
    if (!min || !max || *min > *max) return fail(invalid("Invalid content-length-range."));
    // Several ranges hold together.
    const SizeRange before = size_range_.value_or(SizeRange{});
    size_range_ = {.min = std::max(before.min, *min), .max = std::min(before.max, *max)};
    return {};
  }
  if (kind != "eq" && kind != "starts-with") {
    return fail(invalid("Invalid Condition: unknown operation '" + kind + "'."));
  }
  if (!is_text(items) || !items[1].get_string().starts_with('$')) {
    return fail(invalid("Invalid Condition: the field must be a string that begins with '$'."));
  }
  add(kind == "starts-with", std::string_view(items[1].get_string()).substr(1), items[2].get_string());
  return {};
}

Result<PostPolicy> PostPolicy::parse(const std::string& base64) {
  const auto text = base64_decode(base64);
  auto parsed = text ? parse_json(*text) : Result<json::value>(fail(invalid({})));
  if (!parsed || !parsed->is_object()) return fail(invalid("Invalid JSON."));
  const json::object& document = parsed->get_object();
  const json::value* expiration = document.if_contains("expiration");
  const json::value* conditions = document.if_contains("conditions");
  if (!expiration) return fail(invalid("Policy missing expiration."));
  if (!conditions) return fail(invalid("Policy missing conditions."));
  const auto expires =
      expiration->is_string() ? wire::parse_time(std::string_view(expiration->get_string())) : std::nullopt;
  if (!expires) return fail(invalid("Invalid 'expiration' value: '" + to_text(*expiration) + "'"));
  if (!conditions->is_array()) return fail(invalid("Invalid 'conditions' value: must be a List."));
  PostPolicy policy;
  policy.expires_ = *expires;
  for (const json::value& condition : conditions->get_array()) {
    if (const json::array* list = condition.if_array()) {
      TRY_SYNC_VOID(policy.add_list(*list));
      continue;
    }
    const json::object* simple = condition.if_object();
    if (!simple) return fail(invalid("Conditions must be a List or an Object."));
    if (simple->size() != 1) {
      return fail(
          invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."));
    }
    const auto& pair = *simple->begin();
    if (!pair.value().is_string()) return fail(invalid("Invalid Simple-Condition: value must be a string."));
    policy.add(false, pair.key(), pair.value().get_string());
  }
  return policy;
}

Status PostPolicy::check(const FormFields& fields, TimePoint now) const {
  if (expires_ <= now) return fail(denied("Policy expired."));
  for (const Condition& condition : conditions_) {
    const auto field = fields.find(condition.field);
    const std::string value = field == fields.end() ? std::string() : field->second;
    const bool holds = condition.prefix ? value.starts_with(condition.value) : value == condition.value;
    if (!holds) return fail(denied("Policy Condition failed: " + condition.text));
  }
  std::string extra;
  for (const auto& [name, value] : fields) {
    const bool covered = std::ranges::any_of(
        conditions_, [&name](const Condition& condition) { return condition.field == name; });
    if (!covered && !is_free(name)) extra += (extra.empty() ? "" : ", ") + name;
  }
  if (!extra.empty()) return fail(denied("Extra input fields: " + extra));
  return {};
}

}  // namespace hearth::services::s3
