#include "identity/subject_facts.h"

#include "identity/arn.h"

namespace hearth::identity {

Async<ResourceFactsPtr> SubjectFacts::facts_of(const wire::Permission& permission) {
  const std::string& resource = permission.resource;
  const bool assuming = permission.action.starts_with("sts:");
  auto facts = std::make_shared<ResourceFacts>();
  facts->authoritative = assuming;
  const auto arn = parse_iam_arn(resource);
  if (!arn || arn->account == "aws") co_return facts;
  Directory::SubjectPtr subject;
  if (arn->kind == "role") {
    TRY(subject, co_await directory_.role(arn->account, arn->name));
  } else if (arn->kind == "user") {
    TRY(subject, co_await directory_.user_named(arn->account, arn->name));
  }
  // Of another path is another.
  if (!subject || subject->arn != resource) co_return facts;
  facts->tags = subject->tags;
  if (assuming) facts->policy = subject->trust;
  co_return facts;
}

}  // namespace hearth::identity
