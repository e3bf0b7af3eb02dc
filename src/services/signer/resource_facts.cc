#include "services/signer/resource_facts.h"

#include "services/signer/permissions.h"
#include "services/signer/records.h"

namespace hearth::services::signer {
namespace {

using store::Key;

// As that version of the profile, of the account and region of `ref`, grants it.
template <typename Ref>
Async<identity::PolicyPtr> policy_of(store::Transaction& tx, Ref ref, std::string profile,
                                     std::string version, std::string resource) {
  TRY(const auto record, co_await Tables(tx, ref).permissions.get(Key(profile)));
  const std::string text = record ? policy_text(*record, version) : "";
  co_return text.empty() ? identity::PolicyPtr() : identity::policy_of(text, resource);
}

}  // namespace

ProfileFacts::ProfileFacts(store::Store& store) : KeptFacts(store, store::Key("signer")) {}

Async<identity::ResourceFacts> ProfileFacts::read(store::Transaction& tx, std::string resource) {
  identity::ResourceFacts facts;
  if (const auto job = JobRef::of_arn(resource)) {
    TRY(const auto record, co_await Tables(tx, *job).jobs.get(Key(job->id)));
    if (!record) co_return facts;
    TRY(facts.policy, co_await policy_of(tx, *job, record->profile, record->version, resource));
  } else if (const auto ref = ProfileRef::of_arn(resource)) {
    TRY(auto record, co_await Tables(tx, *ref).profiles.get(Key(ref->name)));
    if (!record) co_return facts;
    facts.tags = std::move(record->tags);
    TRY(facts.policy, co_await policy_of(tx, *ref, ref->name, record->version, resource));
  }
  co_return facts;
}

}  // namespace hearth::services::signer
