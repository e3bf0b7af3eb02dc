#include "services/iam/groups.h"

#include <algorithm>

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/limits.h"
#include "services/iam/paging.h"
#include "services/iam/users.h"

namespace hearth::services::iam {
namespace {

using identity::GroupRecord;

api::iam::Group show_group(const std::string& account, const GroupRecord& record) {
  return {.path = record.path,
          .group_name = record.name,
          .group_id = record.id,
          .arn = identity::iam_arn(account, "group", record.path, record.name),
          .create_date = record.created};
}

Async<GroupRecord> group_named(Tables& tables, std::string name) {
  TRY(auto record, co_await tables.groups.get(Key(to_lower(name))));
  if (!record) co_return errors::not_found(EntityKind::kGroup, name);
  co_return *std::move(record);
}

}  // namespace

Async<std::vector<GroupRecord>> groups_of_user(Tables& tables, std::string user_id) {
  TRY(const auto ids, co_await identity::linked(tables.groups_of, user_id));
  std::vector<GroupRecord> out;
  for (const std::string& id : ids) {
    TRY(auto group, co_await identity::group_of_id(tables, id));
    if (group) out.push_back(*std::move(group));
  }
  std::ranges::sort(out, {}, &GroupRecord::name);
  co_return out;
}

void Groups::mount(wire::Router& router) {
  router.on<ops::CreateGroup>(*this, &Groups::create);
  router.on<ops::GetGroup>(*this, &Groups::get);
  router.on<ops::ListGroups>(*this, &Groups::list);
  router.on<ops::UpdateGroup>(*this, &Groups::update);
  router.on<ops::DeleteGroup>(*this, &Groups::remove);
  router.on<ops::AddUserToGroup>(*this, &Groups::add_user);
  router.on<ops::RemoveUserFromGroup>(*this, &Groups::remove_user);
  router.on<ops::ListGroupsForUser>(*this, &Groups::list_for_user);
}

Async<api::iam::CreateGroupResponse> Groups::create(const wire::Call& call,
                                                    api::iam::CreateGroupRequest input) {
  const GroupRecord record{.id = identity::make_id(parts_.random, "AGPA"),
                           .name = input.group_name,
                           .path = input.path,
                           .created = parts_.now()};
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateGroupResponse> {
    Tables tables(tx, call.account);
    TRY(const bool taken, co_await tables.groups.contains(Key(to_lower(record.name))));
    if (taken) co_return errors::exists(EntityKind::kGroup, record.name);
    TRY_VOID(co_await check_room(tables, EntityKind::kGroup));
    tables.groups.put(Key(to_lower(record.name)), record);
    add_entity(tables, EntityKind::kGroup, record.id, record.name);
    co_return api::iam::CreateGroupResponse{.group = show_group(call.account, record)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetGroupResponse> Groups::get(const wire::Call& call, api::iam::GetGroupRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetGroupResponse> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord record, co_await group_named(tables, input.group_name));
    const auto show = [&](auto entry) -> Async<std::optional<api::iam::User>> {
      TRY(const auto key, (store::parse_key<std::string, std::string>(entry.key)));
      TRY(const auto user, co_await identity::user_of_id(tables, std::get<1>(key)));
      if (!user) co_return std::optional<api::iam::User>();
      co_return show_user(call.account, *user);
    };
    api::iam::GetGroupResponse out{.group = show_group(call.account, record)};
    TRY_VOID(co_await fill_page(tables.users_of, Key(record.id), page, show, out.users, out));
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListGroupsResponse> Groups::list(const wire::Call& call, api::iam::ListGroupsRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListGroupsResponse> {
    Tables tables(tx, call.account);
    const auto show = [&](GroupRecord record) -> Async<api::iam::Group> {
      co_return show_group(call.account, record);
    };
    api::iam::ListGroupsResponse out;
    TRY_VOID(co_await fill_page_by_path(tables.groups, input.path_prefix, page, show, out.groups, out));
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::UpdateGroup::Output> Groups::update(const wire::Call& call, api::iam::UpdateGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::UpdateGroup::Output> {
    Tables tables(tx, call.account);
    TRY(GroupRecord record, co_await group_named(tables, input.group_name));
    const Key before(to_lower(record.name));
    if (input.new_group_name) {
      TRY(const auto holder, co_await tables.groups.get(Key(to_lower(*input.new_group_name))));
      if (holder && holder->id != record.id) {
        co_return errors::exists(EntityKind::kGroup, *input.new_group_name);
      }
      record.name = *input.new_group_name;
    }
    if (input.new_path) record.path = *input.new_path;
    tables.groups.erase(before);
    tables.groups.put(Key(to_lower(record.name)), record);
    tables.ids.put(Key(record.id), {.kind = EntityKind::kGroup, .name = to_lower(record.name)});
    co_return ops::UpdateGroup::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteGroup::Output> Groups::remove(const wire::Call& call, api::iam::DeleteGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteGroup::Output> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord record, co_await group_named(tables, input.group_name));
    TRY(const size_t users, co_await tables.users_of.count(Key(record.id), 1));
    if (users) co_return errors::must_first("remove users from group");
    TRY(const size_t attached, co_await tables.attached.count(Key(record.id), 1));
    if (attached) co_return errors::must_first("detach all policies");
    TRY(const size_t inlined, co_await tables.inline_policies.count(Key(record.id), 1));
    if (inlined) co_return errors::must_first("delete policies");
    tables.groups.erase(Key(to_lower(record.name)));
    remove_entity(tables, EntityKind::kGroup, record.id);
    co_return ops::DeleteGroup::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::AddUserToGroup::Output> Groups::add_user(const wire::Call& call,
                                                    api::iam::AddUserToGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::AddUserToGroup::Output> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord group, co_await group_named(tables, input.group_name));
    TRY(const auto user, co_await user_meant(tables, call, input.user_name));
    TRY(const bool member, co_await tables.groups_of.contains(Key(user.id, group.id)));
    if (member) co_return ops::AddUserToGroup::Output{};
    TRY(const size_t count, co_await tables.groups_of.count(Key(user.id)));
    if (count >= limits::kGroupsOfUserMax) co_return errors::quota("GroupsPerUser", limits::kGroupsOfUserMax);
    tables.groups_of.put(Key(user.id, group.id), {});
    tables.users_of.put(Key(group.id, user.id), {});
    co_return ops::AddUserToGroup::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::RemoveUserFromGroup::Output> Groups::remove_user(const wire::Call& call,
                                                            api::iam::RemoveUserFromGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::RemoveUserFromGroup::Output> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord group, co_await group_named(tables, input.group_name));
    TRY(const auto user, co_await user_meant(tables, call, input.user_name));
    tables.groups_of.erase(Key(user.id, group.id));
    tables.users_of.erase(Key(group.id, user.id));
    co_return ops::RemoveUserFromGroup::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::ListGroupsForUserResponse> Groups::list_for_user(const wire::Call& call,
                                                                 api::iam::ListGroupsForUserRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListGroupsForUserResponse> {
    Tables tables(tx, call.account);
    TRY(const auto user, co_await user_meant(tables, call, input.user_name));
    TRY(auto groups, co_await groups_of_user(tables, user.id));
    TRY(const auto given, page_of(std::move(groups), page));
    api::iam::ListGroupsForUserResponse out;
    for (const GroupRecord& group : given.first) out.groups.push_back(show_group(call.account, group));
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
