// The one platform that is signed for, and how long its signatures hold.
#pragma once
#include "api/signer.h"
#include "services/signer/records.h"
#include "wire/router.h"

namespace hearth::services::signer {

inline constexpr const char* kPlatform = "AWSLambda-SHA384-ECDSA";
inline constexpr const char* kPlatformName = "AWS Lambda";
inline constexpr size_t kPackageBytesMax = 52'428'800;  // as much as Lambda takes

// "NotImplemented" for those of other platforms.
Status check_platform(const std::string& id);

// At most 135 months, in whatever unit.
Result<Validity> validity_of(const std::optional<api::signer::SignatureValidityPeriod>& period);
TimePoint end_of(const Validity& validity, TimePoint from);

class Platforms {
 public:
  void mount(wire::Router& router);

  Async<api::signer::GetSigningPlatformResponse> get(const wire::Call& call,
                                                     api::signer::GetSigningPlatformRequest input);
  Async<api::signer::ListSigningPlatformsResponse> list(const wire::Call& call,
                                                        api::signer::ListSigningPlatformsRequest input);
};

}  // namespace hearth::services::signer
