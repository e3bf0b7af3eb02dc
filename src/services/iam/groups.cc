#include "services/iam/groups.h"

#include <algorithm>

#include "identity/arn.h"
#include "services/iam/limits.h"
#include "services/iam/named.h"
#include "services/iam/users.h"

namespace hearth::services::iam {
namespace {

using identity::GroupRecord;

Async<api::iam::Group> show_group(Tables& tables, GroupRecord record) {
  co_return api::iam::Group{.path = record.path,
                            .group_name = record.name,
                            .group_id = record.id,
                            .arn = identity::iam_arn(tables.account, "group", record.path, record.name),
                            .create_date = record.created};
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
    TRY_VOID(co_await check_new<GroupRecord>(tables, record.name));
    TRY_VOID(co_await put_new(tables, record, {}));
    TRY(api::iam::Group group, co_await show_group(tables, record));
    co_return api::iam::CreateGroupResponse{.group = std::move(group)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetGroupResponse> Groups::get(const wire::Call& call, api::iam::GetGroupRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetGroupResponse> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord record, co_await find_named<GroupRecord>(tables, input.group_name));
    const auto show = [&](auto entry) -> Async<std::optional<api::iam::User>> {
      TRY(const auto key, (store::parse_key<std::string, std::string>(entry.key)));
      TRY(auto user, co_await identity::user_of_id(tables, std::get<1>(key)));
      if (!user) co_return std::optional<api::iam::User>();
      TRY(api::iam::User shown, co_await show_user(tables, *std::move(user)));
      co_return std::move(shown);
    };
    api::iam::GetGroupResponse out;
    TRY(out.group, co_await show_group(tables, record));
    TRY_VOID(co_await fill_page(tables.users_of, Key(record.id), page, show, out.users, out));
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListGroupsResponse> Groups::list(const wire::Call& call, api::iam::ListGroupsRequest input) {
  co_return co_await list_by_path<ops::ListGroups>(parts_.store, call, std::move(input),
                                                   &api::iam::ListGroupsResponse::groups, show_group);
}

Async<ops::UpdateGroup::Output> Groups::update(const wire::Call& call, api::iam::UpdateGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::UpdateGroup::Output> {
    Tables tables(tx, call.account);
    TRY(GroupRecord record, co_await find_named<GroupRecord>(tables, input.group_name));
    TRY_VOID(co_await rename(tables, std::move(record), input.new_group_name, input.new_path));
    co_return ops::UpdateGroup::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteGroup::Output> Groups::remove(const wire::Call& call, api::iam::DeleteGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteGroup::Output> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord record, co_await find_named<GroupRecord>(tables, input.group_name));
    TRY(const size_t users, co_await tables.users_of.count(Key(record.id), 1));
    if (users) co_return errors::must_first("remove users from group");
    TRY_VOID(co_await check_no_policies(tables, record.id));
    erase_named(tables, record);
    co_return ops::DeleteGroup::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::AddUserToGroup::Output> Groups::add_user(const wire::Call& call,
                                                    api::iam::AddUserToGroupRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::AddUserToGroup::Output> {
    Tables tables(tx, call.account);
    TRY(const GroupRecord group, co_await find_named<GroupRecord>(tables, input.group_name));
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
    TRY(const GroupRecord group, co_await find_named<GroupRecord>(tables, input.group_name));
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
    for (const GroupRecord& group : given.first) {
      TRY(api::iam::Group shown, co_await show_group(tables, group));
      out.groups.push_back(std::move(shown));
    }
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
