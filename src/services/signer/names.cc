#include "services/signer/names.h"

namespace hearth::services::signer {
namespace {

constexpr std::string_view kBegin = "arn:aws:signer:";
constexpr std::string_view kProfiles = ":/signing-profiles/";
constexpr std::string_view kJobs = ":/signing-jobs/";

struct Parsed {
  std::string region;
  std::string account;
  std::string_view rest;
};

std::optional<Parsed> parse(std::string_view arn, std::string_view kind) {
  if (!arn.starts_with(kBegin)) return {};
  arn.remove_prefix(kBegin.size());
  const size_t colon = arn.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view region = arn.substr(0, colon);
  arn.remove_prefix(colon + 1);
  const size_t end = arn.find(kind);
  if (end == std::string_view::npos || end != arn.find(':')) return {};
  return Parsed{.region = std::string(region),
                .account = std::string(arn.substr(0, end)),
                .rest = arn.substr(end + kind.size())};
}

}  // namespace

std::optional<ProfileRef> ProfileRef::of_arn(std::string_view arn) {
  const auto parsed = parse(arn, kProfiles);
  if (!parsed) return {};
  const size_t slash = parsed->rest.find('/');
  ProfileRef ref{.account = parsed->account,
                 .region = parsed->region,
                 .name = std::string(parsed->rest.substr(0, slash))};
  if (slash != std::string_view::npos) ref.version = parsed->rest.substr(slash + 1);
  const bool whole = !ref.name.empty() && ref.version.find('/') == std::string::npos &&
                     (slash == std::string_view::npos) == ref.version.empty();
  return whole ? std::optional(std::move(ref)) : std::nullopt;
}

std::string ProfileRef::arn() const {
  return std::string(kBegin) + region + ":" + account + std::string(kProfiles) + name;
}

std::optional<JobRef> JobRef::of_arn(std::string_view arn) {
  const auto parsed = parse(arn, kJobs);
  if (!parsed || parsed->rest.empty() || parsed->rest.find('/') != std::string_view::npos) return {};
  return JobRef{.account = parsed->account, .region = parsed->region, .id = std::string(parsed->rest)};
}

std::string JobRef::arn() const {
  return std::string(kBegin) + region + ":" + account + std::string(kJobs) + id;
}

}  // namespace hearth::services::signer
