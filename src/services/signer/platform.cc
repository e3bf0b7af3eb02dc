#include "services/signer/platform.h"

#include <array>

#include "wire/not_implemented.h"

namespace hearth::services::signer {
namespace {

namespace errors = api::signer::errors;
namespace ops = api::signer::ops;

constexpr std::array kOtherPlatforms = {"AWSIoTDeviceManagement-SHA256-ECDSA", "AmazonFreeRTOS-Default",
                                        "AmazonFreeRTOS-TI-CC3220SF", "Notation-OCI-SHA384-ECDSA"};
constexpr int64_t kMonthsMax = 135;
constexpr const char* kPartner = "AWSLambda";
constexpr const char* kTarget = "SHA384-ECDSA";
constexpr int kPackageMibMax = kPackageBytesMax >> 20U;

// What both answers about it say.
template <typename Out>
Out describe() {
  Out out;
  out.platform_id = kPlatform;
  out.display_name = kPlatformName;
  out.partner = kPartner;
  out.target = kTarget;
  out.max_size_in_mb = kPackageMibMax;
  out.revocation_supported = true;
  return out;
}

bool takes(const std::optional<std::string>& wanted, std::string_view value) {
  return !wanted || *wanted == value;
}

}  // namespace

Status check_platform(const std::string& id) {
  if (id == kPlatform) return {};
  if (std::ranges::find(kOtherPlatforms, id) != kOtherPlatforms.end())
    return fail(wire::not_implemented("signing for the platform " + id));
  return fail(errors::resource_not_found_exception("Signing platform " + id + " not found"));
}

Result<Validity> validity_of(const std::optional<api::signer::SignatureValidityPeriod>& period) {
  if (!period) return Validity{};
  Validity validity;
  if (period->type) validity.unit = *period->type;
  if (period->value) validity.value = *period->value;
  const TimePoint begin{};
  if (validity.value < 1 || validity.value > 10'000 ||
      end_of(validity, begin) > end_of(Validity{.value = kMonthsMax}, begin)) {
    return fail(
        errors::validation_exception("The signature validity period must be between 1 day and 135 months"));
  }
  return validity;
}

TimePoint end_of(const Validity& validity, TimePoint from) {
  const int count = static_cast<int>(validity.value);
  const auto day = std::chrono::floor<std::chrono::days>(from);
  if (validity.unit == "DAYS") return from + std::chrono::days(count);
  std::chrono::year_month_day date{day};
  date += std::chrono::months(validity.unit == "YEARS" ? count * 12 : count);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;  // 31 February is its last day
  return std::chrono::sys_days(date) + (from - day);
}

void Platforms::mount(wire::Router& router) {
  router.on<ops::GetSigningPlatform>(*this, &Platforms::get);
  router.on<ops::ListSigningPlatforms>(*this, &Platforms::list);
}

Async<api::signer::GetSigningPlatformResponse> Platforms::get(const wire::Call&,
                                                              api::signer::GetSigningPlatformRequest input) {
  TRY_VOID(check_platform(input.platform_id));
  co_return describe<api::signer::GetSigningPlatformResponse>();
}

Async<api::signer::ListSigningPlatformsResponse> Platforms::list(
    const wire::Call&, api::signer::ListSigningPlatformsRequest input) {
  api::signer::ListSigningPlatformsResponse out;
  out.platforms.emplace();
  if (takes(input.partner, kPartner) && takes(input.target, kTarget) && !input.category)
    out.platforms->push_back(describe<api::signer::SigningPlatform>());
  co_return out;
}

}  // namespace hearth::services::signer
