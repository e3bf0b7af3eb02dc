// Tags of users, roles, policies, instance profiles and OIDC providers: one mechanism for all, by their ids.
// Keys are unique without regard to case; their spelling is kept.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/iam.h"
#include "services/iam/parts.h"
#include "wire/router.h"

namespace hearth::services::iam {

using TagList = std::vector<api::iam::Tag>;

// Adds to what is there, or replaces. InvalidInput, LimitExceeded.
Async<void> put_tags(Tables& tables, std::string id, TagList tags);
Async<TagList> tags_of(Tables& tables, std::string id);
// Nothing when there are none: answers leave the member out then.
std::optional<TagList> if_any(std::optional<TagList> tags);
Async<std::optional<TagList>> tags_if_any(Tables& tables, std::string id);

class Tagging {
 public:
  explicit Tagging(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  template <typename Of>
  void mount_for(wire::Router& router);
  template <typename Of>
  Async<typename Of::Tag::Output> tag(const wire::Call& call, typename Of::Tag::Input input);
  template <typename Of>
  Async<typename Of::Untag::Output> untag(const wire::Call& call, typename Of::Untag::Input input);
  template <typename Of>
  Async<typename Of::List::Output> list(const wire::Call& call, typename Of::List::Input input);

  Parts parts_;
};

}  // namespace hearth::services::iam
