#include "services/s3/access_point_names.h"

#include <algorithm>

#include "base/ascii.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kNameMin = 3, kNameMax = 50;
constexpr size_t kAccountDigits = 12;
constexpr size_t kAliasMax = 63;
constexpr std::string_view kBucketAlias = "-s3alias", kObjectLambdaAlias = "--ol-s3";
constexpr std::string_view kAliasLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}

bool is_account(std::string_view text) {
  return text.size() == kAccountDigits && std::ranges::all_of(text, is_digit);
}

bool is_name(std::string_view name) {
  if (name.size() < kNameMin || name.size() > kNameMax) return false;
  return is_lower_or_digit(name.front()) && is_lower_or_digit(name.back()) &&
         std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

// "name-123456789012"; npos for what is none.
size_t account_at(std::string_view label) {
  if (label.size() <= kAccountDigits + 1) return std::string_view::npos;
  const size_t at = label.size() - kAccountDigits;
  return label[at - 1] == '-' && is_account(label.substr(at)) ? at : std::string_view::npos;
}

// The next part of an ARN, taken off.
std::string_view take_part(std::string_view& arn) {
  const std::string_view part = arn.substr(0, arn.find(':'));
  arn.remove_prefix(std::min(arn.size(), part.size() + 1));
  return part;
}

}  // namespace

Status check_access_point_name(const std::string& name) {
  if (is_name(name) && !is_access_point_alias(name)) return {};
  return fail(Error{.code = "InvalidAccessPoint",
                    .message = "The specified access point name or account is not valid.",
                    .extra = {{"AccessPointName", name}},
                    .status = 400});
}

bool is_access_point_alias(std::string_view name) {
  return name.ends_with(kBucketAlias) || name.ends_with(kObjectLambdaAlias);
}

bool may_be_access_point(std::string_view name) {
  return name.starts_with("arn:") || is_access_point_alias(name) ||
         account_at(name) != std::string_view::npos;
}

std::optional<AccessPointId> parse_access_point_arn(std::string_view arn) {
  constexpr std::string_view kType = "accesspoint";
  if (take_part(arn) != "arn" || take_part(arn) != "aws") return std::nullopt;
  const std::string_view service = take_part(arn);
  if (service != "s3" && service != "s3-object-lambda") return std::nullopt;
  AccessPointId id{.kind = service == "s3" ? AccessPointKind::kBucket : AccessPointKind::kObjectLambda};
  id.region = take_part(arn);
  id.account = take_part(arn);
  if (id.region.empty() || !is_account(id.account) || !arn.starts_with(kType)) return std::nullopt;
  arn.remove_prefix(kType.size());
  if (!arn.starts_with('/') && !arn.starts_with(':')) return std::nullopt;
  id.name = arn.substr(1);
  if (!is_name(id.name)) return std::nullopt;
  return id;
}

std::optional<AccessPointId> parse_access_point_label(std::string_view label, AccessPointKind kind,
                                                      std::string region) {
  const size_t at = account_at(label);
  if (at == std::string_view::npos || !is_name(label.substr(0, at - 1))) return std::nullopt;
  return AccessPointId{.kind = kind,
                       .account = std::string(label.substr(at)),
                       .region = std::move(region),
                       .name = std::string(label.substr(0, at - 1))};
}

std::string make_access_point_alias(Random& random, const AccessPointId& id) {
  const bool of_bucket = id.kind == AccessPointKind::kBucket;
  const std::string_view suffix = of_bucket ? kBucketAlias : kObjectLambdaAlias;
  constexpr size_t kChance = 34, kObjectLambdaChance = 31;
  const size_t chance = of_bucket ? kChance : kObjectLambdaChance;
  std::string beginning = id.name.substr(0, kAliasMax - suffix.size() - chance - 1);
  while (beginning.ends_with('-')) beginning.pop_back();
  return beginning + "-" + random.letters(chance, kAliasLetters) + std::string(suffix);
}

}  // namespace hearth::services::s3
