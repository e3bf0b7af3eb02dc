#include "services/iam/tags.h"

#include <set>

#include "base/encoding.h"
#include "services/iam/entities.h"
#include "services/iam/limits.h"
#include "services/iam/managed.h"
#include "services/iam/named.h"
#include "services/iam/oidc_providers.h"

namespace hearth::services::iam {
namespace {

// How the owner of tags is named, and the id that they hang on.
struct RoleTags {
  using Tag = ops::TagRole;
  using Untag = ops::UntagRole;
  using List = ops::ListRoleTags;
  static Async<std::string> owner(Tables& tables, const auto& input, bool changes) {
    TRY(Entity role, co_await (changes ? find_modifiable(tables, EntityKind::kRole, input.role_name)
                                       : find_entity(tables, EntityKind::kRole, input.role_name)));
    co_return std::move(role.id);
  }
};
struct UserTags {
  using Tag = ops::TagUser;
  using Untag = ops::UntagUser;
  using List = ops::ListUserTags;
  static Async<std::string> owner(Tables& tables, const auto& input, bool) {
    TRY(Entity user, co_await find_entity(tables, EntityKind::kUser, input.user_name));
    co_return std::move(user.id);
  }
};
struct PolicyTags {
  using Tag = ops::TagPolicy;
  using Untag = ops::UntagPolicy;
  using List = ops::ListPolicyTags;
  static Async<std::string> owner(Tables& tables, const auto& input, bool) {
    TRY(ManagedRef policy, co_await own_policy(tables, input.policy_arn));
    co_return std::move(policy.own->id);
  }
};
struct ProfileTags {
  using Tag = ops::TagInstanceProfile;
  using Untag = ops::UntagInstanceProfile;
  using List = ops::ListInstanceProfileTags;
  static Async<std::string> owner(Tables& tables, const auto& input, bool) {
    TRY(auto profile,
        co_await find_named<identity::InstanceProfileRecord>(tables, input.instance_profile_name));
    co_return std::move(profile.id);
  }
};
struct ProviderTags {
  using Tag = ops::TagOpenIDConnectProvider;
  using Untag = ops::UntagOpenIDConnectProvider;
  using List = ops::ListOpenIDConnectProviderTags;
  static Async<std::string> owner(Tables& tables, const auto& input, bool) {
    TRY(auto provider, co_await find_provider(tables, input.open_id_connect_provider_arn));
    co_return std::move(provider.id);
  }
};

}  // namespace

Async<void> put_tags(Tables& tables, std::string id, TagList tags) {
  std::set<std::string> keys;
  for (const api::iam::Tag& tag : tags) {
    const std::string key = to_lower(tag.key);
    if (key.starts_with("aws:")) {
      co_return errors::invalid_input_exception("Tag keys must not begin with \"aws:\", which is reserved: " +
                                                tag.key);
    }
    if (!keys.insert(key).second) {
      co_return errors::invalid_input_exception(
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
  }
  if (tags.empty()) co_return {};
  TRY(const auto before, co_await tables.tags.all(Key(id)));
  for (const auto& entry : before) keys.insert(to_lower(entry.record.key));
  if (keys.size() > limits::kTagsMax) {
    co_return errors::limit_exceeded_exception("The number of tags has reached the maximum limit.");
  }
  for (const api::iam::Tag& tag : tags) {
    tables.tags.put(Key(id, to_lower(tag.key)), {.key = tag.key, .value = tag.value});
  }
  co_return {};
}

Async<TagList> tags_of(Tables& tables, std::string id) {
  TRY(auto entries, co_await tables.tags.all(Key(id)));
  TagList tags;
  for (auto& entry : entries) {
    tags.push_back({.key = std::move(entry.record.key), .value = std::move(entry.record.value)});
  }
  co_return tags;
}

std::optional<TagList> if_any(std::optional<TagList> tags) {
  if (tags && tags->empty()) tags.reset();
  return tags;
}

Async<std::optional<TagList>> tags_if_any(Tables& tables, std::string id) {
  TRY(TagList tags, co_await tags_of(tables, std::move(id)));
  co_return if_any(std::move(tags));
}

void Tagging::mount(wire::Router& router) {
  mount_for<RoleTags>(router);
  mount_for<UserTags>(router);
  mount_for<PolicyTags>(router);
  mount_for<ProfileTags>(router);
  mount_for<ProviderTags>(router);
}

template <typename Of>
void Tagging::mount_for(wire::Router& router) {
  router.on<typename Of::Tag>(*this, &Tagging::tag<Of>);
  router.on<typename Of::Untag>(*this, &Tagging::untag<Of>);
  router.on<typename Of::List>(*this, &Tagging::list<Of>);
}

template <typename Of>
Async<typename Of::Tag::Output> Tagging::tag(const wire::Call& call, typename Of::Tag::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::Tag::Output> {
    Tables tables(tx, call.account);
    TRY(const std::string id, co_await Of::owner(tables, input, true));
    TRY_VOID(co_await put_tags(tables, id, input.tags));
    co_return typename Of::Tag::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Of>
Async<typename Of::Untag::Output> Tagging::untag(const wire::Call& call, typename Of::Untag::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::Untag::Output> {
    Tables tables(tx, call.account);
    TRY(const std::string id, co_await Of::owner(tables, input, true));
    for (const std::string& key : input.tag_keys) tables.tags.erase(Key(id, to_lower(key)));
    co_return typename Of::Untag::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Of>
Async<typename Of::List::Output> Tagging::list(const wire::Call& call, typename Of::List::Input input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<typename Of::List::Output> {
    Tables tables(tx, call.account);
    TRY(const std::string id, co_await Of::owner(tables, input, false));
    TRY(TagList all, co_await tags_of(tables, id));
    TRY(auto given, page_of(std::move(all), page));
    typename Of::List::Output out;
    out.tags = std::move(given.first);
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
