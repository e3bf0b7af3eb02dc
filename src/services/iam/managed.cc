#include "services/iam/managed.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/errors.h"

namespace hearth::services::iam {

Async<std::optional<ManagedRef>> find_managed(Tables& tables, std::string arn) {
  // Recorded: with two blanks.
  if (!arn.starts_with("arn:")) co_return errors::validation("Invalid ARN:  Could not be parsed!");
  const auto parsed = identity::parse_iam_arn(arn);
  if (!parsed || parsed->kind != "policy") {
    co_return errors::invalid_input_exception(fmt::format("ARN {} is not valid.", arn));
  }
  if (const identity::ManagedPolicy* policy = identity::find_managed_policy(arn)) {
    co_return ManagedRef{.arn = std::move(arn),
                         .name = std::string(policy->name),
                         .path = std::string(policy->path),
                         .of_aws = policy};
  }
  if (parsed->account != tables.account) co_return std::optional<ManagedRef>();
  TRY(auto own, co_await tables.policies.get(Key(to_lower(parsed->name))));
  if (!own || own->path != parsed->path) co_return std::optional<ManagedRef>();
  ManagedRef found{.arn = identity::iam_arn(tables.account, "policy", own->path, own->name),
                   .name = own->name,
                   .path = own->path};
  found.own = std::move(own);
  co_return found;
}

Async<ManagedRef> own_policy(Tables& tables, std::string arn) {
  TRY(auto found, co_await find_managed(tables, arn));
  if (!found || found->of_aws) co_return errors::policy_not_found(arn);
  co_return *std::move(found);
}

Async<std::string> default_document(Tables& tables, const ManagedRef& policy) {
  if (policy.of_aws) co_return std::string(policy.of_aws->document);
  TRY(auto version, co_await tables.versions.get(Key(policy.own->id, policy.own->default_version)));
  if (!version) co_return Error{.code = "CorruptRecord", .message = "a policy without its default version"};
  co_return std::move(version->document);
}

Async<int32_t> attachment_count(Tables& tables, std::string arn) {
  TRY(const size_t count, co_await tables.attached_to.count(Key(arn)));
  co_return static_cast<int32_t>(count);
}

Async<int32_t> boundary_count(Tables& tables, std::string arn) {
  TRY(const size_t count, co_await tables.bounds.count(Key(arn)));
  co_return static_cast<int32_t>(count);
}

}  // namespace hearth::services::iam
