#include "services/signer/profiles.h"

#include <algorithm>

#include "services/signer/paging.h"
#include "services/signer/platform.h"
#include "services/signer/signing_key.h"
#include "services/signer/tags.h"
#include "wire/not_implemented.h"

namespace hearth::services::signer {
namespace {

namespace errors = api::signer::errors;
namespace ops = api::signer::ops;
using store::Key;

constexpr size_t kVersionLetters = 10;
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// What all answers about a profile have in common.
template <typename Out>
Out describe(const Profile& profile) {
  Out out;
  out.profile_name = profile.ref.name;
  out.profile_version = profile.ref.version;
  out.profile_version_arn = profile.ref.version_arn();
  out.signature_validity_period = api::signer::SignatureValidityPeriod{
      .value = static_cast<int32_t>(profile.record.validity.value), .type = profile.record.validity.unit};
  out.platform_id = kPlatform;
  out.platform_display_name = kPlatformName;
  if (!profile.record.parameters.empty()) out.signing_parameters = profile.record.parameters;
  out.status = profile.status();
  out.arn = profile.ref.arn();
  out.tags = profile.record.tags;
  return out;
}

Error no_profile(const std::string& name) {
  return errors::resource_not_found_exception("Signing profile " + name + " not found");
}

}  // namespace

const char* Profile::status() const {
  return version.revoked ? "Revoked" : record.canceled ? "Canceled" : "Active";
}

Async<Profile> require_profile(store::Transaction& tx, ProfileRef ref) {
  Tables tables(tx, ref);
  TRY(auto record, co_await tables.profiles.get(Key(ref.name)));
  if (!record) co_return no_profile(ref.name);
  ref.version = record->version;
  TRY(auto version, co_await tables.versions.get(Key(ref.name, ref.version)));
  if (!version) co_return no_profile(ref.name);
  co_return Profile{.ref = std::move(ref), .record = *std::move(record), .version = *std::move(version)};
}

void Profiles::mount(wire::Router& router) {
  router.on<ops::PutSigningProfile>(*this, &Profiles::put);
  router.on<ops::GetSigningProfile>(*this, &Profiles::get);
  router.on<ops::ListSigningProfiles>(*this, &Profiles::list);
  router.on<ops::CancelSigningProfile>(*this, &Profiles::cancel);
  router.on<ops::RevokeSigningProfile>(*this, &Profiles::revoke);
}

Async<api::signer::PutSigningProfileResponse> Profiles::put(const wire::Call& call,
                                                            api::signer::PutSigningProfileRequest input) {
  TRY_VOID(check_platform(input.platform_id));
  TRY_VOID(wire::refuse_given(input.overrides, "overrides of a signing platform"));
  if (input.signing_material) {
    co_return errors::validation_exception("Signing material is not supported for the platform " +
                                           input.platform_id);
  }
  ProfileRef ref = ProfileRef::of(call, input.profile_name);
  ref.version = parts_.random.letters(kVersionLetters, kAlphabet);
  ProfileRecord record{.version = ref.version};
  TRY(record.validity, validity_of(input.signature_validity_period));
  record.parameters = std::move(input.signing_parameters).value_or(std::map<std::string, std::string>());
  record.tags = std::move(input.tags).value_or(Tags());
  TRY_VOID(check_tags(record.tags));
  const SigningKey key = SigningKey::make();
  const VersionRecord version{.public_key = key.public_der,
                              .sealed_key = parts_.key_seal.seal(key.private_der, ref.version_arn()),
                              .revoked = {}};
  auto body = [&](store::Transaction& tx) -> Async<api::signer::PutSigningProfileResponse> {
    Tables tables(tx, ref);
    TRY(const bool exists, co_await tables.profiles.contains(Key(ref.name)));
    if (exists) {
      TRY(const Profile now, co_await require_profile(tx, ref));
      if (now.status() == std::string_view("Active"))
        co_return errors::validation_exception("Signing profile " + ref.name + " already exists");
    }
    tables.profiles.put(Key(ref.name), record);
    tables.versions.put(Key(ref.name, ref.version), version);
    tables.permissions.erase(Key(ref.name));
    co_return api::signer::PutSigningProfileResponse{
        .arn = ref.arn(), .profile_version = ref.version, .profile_version_arn = ref.version_arn()};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::signer::GetSigningProfileResponse> Profiles::get(const wire::Call& call,
                                                            api::signer::GetSigningProfileRequest input) {
  ProfileRef ref = ProfileRef::of(call, input.profile_name);
  if (input.profile_owner) ref.account = *input.profile_owner;
  auto body = [&](store::Transaction& tx) -> Async<Profile> { co_return co_await require_profile(tx, ref); };
  TRY(const Profile profile, co_await parts_.store.read(body));
  auto out = describe<api::signer::GetSigningProfileResponse>(profile);
  if (const auto& revoked = profile.version.revoked) {
    out.revocation_record =
        api::signer::SigningProfileRevocationRecord{.revocation_effective_from = revoked->effective_from,
                                                    .revoked_at = revoked->at,
                                                    .revoked_by = revoked->by};
    out.status_reason = revoked->reason;
  }
  co_return out;
}

Async<api::signer::ListSigningProfilesResponse> Profiles::list(
    const wire::Call& call, api::signer::ListSigningProfilesRequest input) {
  TRY(const PageRequest page, PageRequest::parse(input.next_token, input.max_results));
  const auto wanted = [&](std::string_view status) {
    if (input.platform_id && *input.platform_id != kPlatform) return false;
    if (input.statuses) return std::ranges::find(*input.statuses, status) != input.statuses->end();
    return status == "Active" || input.include_canceled.value_or(false);
  };
  auto body = [&](store::Transaction& tx) -> Async<api::signer::ListSigningProfilesResponse> {
    Tables tables(tx, call.account, call.region);
    api::signer::ListSigningProfilesResponse out;
    out.profiles.emplace();
    TRY(auto listing, co_await tables.profiles.list({.after = page.after, .rows_max = page.size}));
    for (const auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      TRY(const Profile profile, co_await require_profile(tx, ProfileRef::of(call, std::get<0>(key))));
      if (wanted(profile.status())) out.profiles->push_back(describe<api::signer::SigningProfile>(profile));
    }
    out.next_token = PageRequest::token(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::CancelSigningProfile::Output> Profiles::cancel(const wire::Call& call,
                                                          api::signer::CancelSigningProfileRequest input) {
  const ProfileRef ref = ProfileRef::of(call, input.profile_name);
  auto body = [&](store::Transaction& tx) -> Async<ops::CancelSigningProfile::Output> {
    TRY(Profile profile, co_await require_profile(tx, ref));
    profile.record.canceled = true;
    Tables(tx, ref).profiles.put(Key(ref.name), profile.record);
    co_return ops::CancelSigningProfile::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::RevokeSigningProfile::Output> Profiles::revoke(const wire::Call& call,
                                                          api::signer::RevokeSigningProfileRequest input) {
  const ProfileRef ref = ProfileRef::of(call, input.profile_name);
  auto body = [&](store::Transaction& tx) -> Async<ops::RevokeSigningProfile::Output> {
    Tables tables(tx, ref);
    const Key key(ref.name, input.profile_version);
    TRY(auto version, co_await tables.versions.get(key));
    if (!version) co_return no_profile(ref.name + "/" + input.profile_version);
    // What was taken back stays so: another revocation can only reach further back.
    const bool further = !version->revoked || input.effective_time < version->revoked->effective_from;
    if (further) {
      version->revoked = Revocation{.at = parts_.clock.now(),
                                    .by = call.identity.arn,
                                    .reason = input.reason,
                                    .effective_from = input.effective_time};
      tables.versions.put(key, *version);
    }
    co_return ops::RevokeSigningProfile::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::signer
