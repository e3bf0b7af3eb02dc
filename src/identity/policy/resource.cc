#include "identity/policy/resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "identity/policy/pattern.h"

namespace hearth::identity {
namespace {

constexpr std::array<std::string_view, 13> kIamPaths = {"user/",
                                                        "federated-user/",
                                                        "role/",
                                                        "group/",
                                                        "instance-profile/",
                                                        "mfa/",
                                                        "server-certificate/",
                                                        "policy/",
                                                        "sms-mfa/",
                                                        "saml-provider/",
                                                        "oidc-provider/",
                                                        "report/",
                                                        "access-report/"};

std::string foreign_partition(const std::vector<std::string_view>& fields) {
  const auto field = [&](size_t i) {
    // A lone empty service stands for any, as an absent field does.
    const bool absent = i >= fields.size() || (i == 2 && fields.size() == 3 && fields[2].empty());
    return absent ? std::string_view("*") : fields[i];
  };
  std::string rest(field(5));
  return fmt::format(R"(Partition "{0}" is not valid for resource "arn:{0}:{1}:{2}:{3}:{4}".)", fields[1],
                     field(2), field(3), field(4), rest);
}

std::optional<std::string> iam_fault(std::string_view resource, const std::vector<std::string_view>& fields) {
  if (fields.size() > 3 && !fields[3].empty())
    return fmt::format("IAM resource {} cannot contain region information.", resource);
  const std::string_view path = fields.size() > 5 ? fields[5] : std::string_view("*");
  // The last two stand in AWS's own policies, though not in the text of the refusal.
  if (path == "*" || path == "root" || path.starts_with("role-template/") ||
      std::ranges::any_of(kIamPaths, [&](auto start) { return path.starts_with(start); }))
    return std::nullopt;
  return fmt::format("IAM resource path must either be \"*\" or start with {}.", fmt::join(kIamPaths, ", "));
}

// Buckets and objects have neither region nor account; access points have both.
bool is_bucket_with_region(const std::vector<std::string_view>& fields) {
  return fields.size() > 5 && !fields[3].empty() && fields[3] != "*" && fields[4].empty();
}

}  // namespace

std::optional<std::string> resource_fault(std::string_view resource) {
  if (resource == "*") return std::nullopt;
  const auto fields = split_arn_pattern(resource, true);
  if (fields.size() == 1) return fmt::format("Resource {} must be in ARN format or \"*\".", resource);
  // Policies that are meant for several partitions leave it open.
  const bool open_partition = fields[1].find_first_of("*?") != std::string_view::npos;
  if (fields[1] != "aws" && !open_partition) return foreign_partition(fields);
  if (fields.size() == 2 || fields[2].find_first_of("*?") != std::string_view::npos)
    return "Resource vendor must be fully qualified and cannot contain regexes.";
  if (fields[2] == "iam") return iam_fault(resource, fields);
  if (fields[2] == "s3" && is_bucket_with_region(fields))
    return fmt::format("Resource {} can not contain region information.", resource);
  return std::nullopt;
}

bool passes_legacy_parser(std::string_view resource) {
  if (resource == "*") return true;
  const auto fields = split_arn_pattern(resource, true);
  if (fields.size() < 3 || fields[0] != "arn" || fields[2].empty()) return false;
  return fields.size() == 6 || resource.find("::") == std::string_view::npos;
}

}  // namespace hearth::identity
