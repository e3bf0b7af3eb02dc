// Signing profiles. A profile is known by its name and signs with the key of its newest version; one that was
// cancelled signs no more, and may be made anew, which is another version with another key.
#pragma once
#include "api/signer.h"
#include "services/signer/parts.h"
#include "services/signer/records.h"
#include "wire/router.h"

namespace hearth::services::signer {

struct Profile {
  ProfileRef ref;  // with the version
  ProfileRecord record;
  VersionRecord version;

  const char* status() const;  // "Active", "Canceled", "Revoked"
};

// The newest version. "ResourceNotFoundException".
Async<Profile> require_profile(store::Transaction& tx, ProfileRef ref);

class Profiles {
 public:
  explicit Profiles(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::signer::PutSigningProfileResponse> put(const wire::Call& call,
                                                    api::signer::PutSigningProfileRequest input);
  Async<api::signer::GetSigningProfileResponse> get(const wire::Call& call,
                                                    api::signer::GetSigningProfileRequest input);
  Async<api::signer::ListSigningProfilesResponse> list(const wire::Call& call,
                                                       api::signer::ListSigningProfilesRequest input);
  Async<api::signer::ops::CancelSigningProfile::Output> cancel(
      const wire::Call& call, api::signer::CancelSigningProfileRequest input);
  Async<api::signer::ops::RevokeSigningProfile::Output> revoke(
      const wire::Call& call, api::signer::RevokeSigningProfileRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::signer
