// GetAccountAuthorizationDetails: users, groups, roles and managed policies, in this order, with everything
// that decides what they allow. A marker names the part of the list and the row in it. Of AWS's policies
// those are told that are in use, as the service does.
#include <algorithm>

#include "base/encoding.h"
#include "identity/arn.h"
#include "identity/trust.h"
#include "services/iam/account.h"
#include "services/iam/attachments.h"
#include "services/iam/groups.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/limits.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"
#include "services/iam/roles.h"
#include "services/iam/tags.h"
#include "services/iam/users.h"

namespace hearth::services::iam {
namespace {

using Details = api::iam::GetAccountAuthorizationDetailsResponse;

size_t bytes_of(const std::vector<api::iam::PolicyDetail>& policies) {
  size_t bytes = 0;
  for (const api::iam::PolicyDetail& policy : policies) bytes += policy.policy_document->size();
  return bytes;
}

Async<std::vector<api::iam::PolicyDetail>> inline_details(Tables& tables, std::string id) {
  TRY(auto entries, co_await tables.inline_policies.all(Key(id)));
  std::vector<api::iam::PolicyDetail> out;
  for (auto& entry : entries) {
    out.push_back({.policy_name = std::move(entry.record.name),
                   .policy_document = percent_encode(entry.record.document)});
  }
  co_return out;
}

// Each gives how much of documents it has added.

Async<size_t> add_detail(Tables& tables, identity::UserRecord record, Details& out) {
  TRY(const api::iam::User shown, co_await show_user(tables, record));
  api::iam::UserDetail detail{.path = shown.path,
                              .user_name = shown.user_name,
                              .user_id = shown.user_id,
                              .arn = shown.arn,
                              .create_date = shown.create_date,
                              .permissions_boundary = show_boundary(record.boundary)};
  TRY(auto inlined, co_await inline_details(tables, record.id));
  const size_t bytes = bytes_of(inlined);
  if (!inlined.empty()) detail.user_policy_list = std::move(inlined);
  TRY(const auto groups, co_await groups_of_user(tables, record.id));
  detail.group_list.emplace();
  for (const auto& group : groups) detail.group_list->push_back(group.name);
  TRY(detail.attached_managed_policies, co_await attached_policies(tables, record.id));
  TRY(detail.tags, co_await tags_of(tables, record.id));
  out.user_detail_list->push_back(std::move(detail));
  co_return bytes;
}

Async<size_t> add_detail(Tables& tables, identity::GroupRecord record, Details& out) {
  api::iam::GroupDetail detail{.path = record.path,
                               .group_name = record.name,
                               .group_id = record.id,
                               .arn = identity::iam_arn(tables.account, "group", record.path, record.name),
                               .create_date = record.created};
  TRY(detail.group_policy_list, co_await inline_details(tables, record.id));
  TRY(detail.attached_managed_policies, co_await attached_policies(tables, record.id));
  const size_t bytes = bytes_of(*detail.group_policy_list);
  out.group_detail_list->push_back(std::move(detail));
  co_return bytes;
}

Async<size_t> add_detail(Tables& tables, identity::RoleRecord record, Details& out) {
  TRY(api::iam::Role shown, co_await show_whole_role(tables, record));
  size_t bytes = document_bytes(shown);
  api::iam::RoleDetail detail{.path = std::move(shown.path),
                              .role_name = std::move(shown.role_name),
                              .role_id = std::move(shown.role_id),
                              .arn = std::move(shown.arn),
                              .create_date = shown.create_date,
                              .assume_role_policy_document = std::move(shown.assume_role_policy_document),
                              .permissions_boundary = std::move(shown.permissions_boundary),
                              .role_last_used = std::move(shown.role_last_used)};
  TRY(detail.tags, co_await tags_of(tables, record.id));
  TRY(detail.instance_profile_list, co_await profiles_of_role(tables, record.id));
  TRY(detail.role_policy_list, co_await inline_details(tables, record.id));
  TRY(detail.attached_managed_policies, co_await attached_policies(tables, record.id));
  for (const auto& profile : *detail.instance_profile_list) bytes += document_bytes(profile);
  bytes += bytes_of(*detail.role_policy_list);
  out.role_detail_list->push_back(std::move(detail));
  co_return bytes;
}

Async<size_t> add_policy(Tables& tables, ManagedRef policy, std::vector<api::iam::PolicyVersion> versions,
                         Details& out) {
  TRY(api::iam::Policy shown, co_await show_policy(tables, policy));
  size_t bytes = 0;
  for (const auto& version : versions) bytes += version.document->size();
  out.policies->push_back({.policy_name = std::move(shown.policy_name),
                           .policy_id = std::move(shown.policy_id),
                           .arn = std::move(shown.arn),
                           .path = std::move(shown.path),
                           .default_version_id = std::move(shown.default_version_id),
                           .attachment_count = shown.attachment_count,
                           .permissions_boundary_usage_count = shown.permissions_boundary_usage_count,
                           .is_attachable = shown.is_attachable,
                           .description = policy.own ? policy.own->description : std::nullopt,
                           .create_date = shown.create_date,
                           .update_date = shown.update_date,
                           .policy_version_list = std::move(versions)});
  co_return bytes;
}

Async<size_t> add_detail(Tables& tables, identity::PolicyRecord record, Details& out) {
  TRY(const auto entries, co_await tables.versions.all(Key(record.id)));
  std::vector<api::iam::PolicyVersion> versions;
  for (const auto& entry : entries) {
    TRY(const auto key, (store::parse_key<std::string, int64_t>(entry.key)));
    const int64_t number = std::get<1>(key);
    versions.insert(versions.begin(), {.document = percent_encode(entry.record.document),
                                       .version_id = fmt::format("v{}", number),
                                       .is_default_version = number == record.default_version,
                                       .create_date = entry.record.created});
  }
  co_return co_await add_policy(tables, ref_of(tables, std::move(record)), std::move(versions), out);
}

// A page that fills up part by part.
struct Walk {
  PageRoom room;
  char part = 'a';    // where the page begins
  std::string after;  // the last row of the page before
  std::string next;   // set when the page is full

  bool done() const { return !next.empty(); }
};

template <typename R>
Async<void> walk_table(Tables& tables, store::Table<R>& table, char part, Walk& walk, Details& out) {
  if (walk.done() || part < walk.part) co_return {};
  store::ListOptions options;
  if (part == walk.part) options.after = walk.after;
  for (;;) {
    options.rows_max = walk.room.items() + 1;
    TRY(auto listing, co_await table.list(options));
    for (auto& entry : listing.entries) {
      if (walk.room.full()) {
        walk.next = part + options.after;
        co_return {};
      }
      options.after = std::move(entry.key);
      TRY(const size_t bytes, co_await add_detail(tables, std::move(entry.record), out));
      walk.room.take(bytes);
    }
    if (listing.next.empty()) co_return {};
  }
}

Async<void> walk_aws(Tables& tables, char part, Walk& walk, Details& out) {
  if (walk.done()) co_return {};
  std::string last = part == walk.part ? walk.after : std::string();
  for (const identity::ManagedPolicy& policy : identity::managed_policies()) {
    const std::string arn = policy.arn();
    if (arn <= last) continue;
    TRY(const size_t attached, co_await tables.attached_to.count(Key(arn), 1));
    TRY(const size_t bounds, co_await tables.bounds.count(Key(arn), 1));
    if (!attached && !bounds) continue;
    if (walk.room.full()) {
      walk.next = part + last;
      co_return {};
    }
    last = arn;
    std::vector<api::iam::PolicyVersion> versions = {{.document = percent_encode(policy.document),
                                                      .version_id = fmt::format("v{}", policy.version),
                                                      .is_default_version = true,
                                                      .create_date = policy.updated()}};
    TRY(const size_t bytes, co_await add_policy(tables, ref_of(policy), std::move(versions), out));
    walk.room.take(bytes);
  }
  co_return {};
}

}  // namespace

Async<Details> Account::authorization_details(const wire::Call& call,
                                              api::iam::GetAccountAuthorizationDetailsRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  const auto wanted = [&](std::string_view kind) {
    return !input.filter || input.filter->empty() ||
           std::ranges::find(*input.filter, kind) != input.filter->end();
  };
  auto body = [&](store::Transaction& tx) -> Async<Details> {
    Tables tables(tx, call.account);
    Walk walk{.room = PageRoom(page)};
    if (!page.after.empty()) {
      walk.part = page.after[0];
      walk.after = page.after.substr(1);
    }
    Details out;
    out.user_detail_list.emplace();
    out.group_detail_list.emplace();
    out.role_detail_list.emplace();
    out.policies.emplace();
    if (wanted("User")) TRY_VOID(co_await walk_table(tables, tables.users, 'a', walk, out));
    if (wanted("Group")) TRY_VOID(co_await walk_table(tables, tables.groups, 'b', walk, out));
    if (wanted("Role")) TRY_VOID(co_await walk_table(tables, tables.roles, 'c', walk, out));
    if (wanted("LocalManagedPolicy")) {
      TRY_VOID(co_await walk_table(tables, tables.policies, 'd', walk, out));
    }
    if (wanted("AWSManagedPolicy")) TRY_VOID(co_await walk_aws(tables, 'e', walk, out));
    end_page(out, walk.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
