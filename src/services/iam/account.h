// The account as a whole: its alias, what it holds and may hold, and all of its policies in one answer.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Account {
 public:
  explicit Account(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  // A second alias takes the place of the first.
  Async<ops::CreateAccountAlias::Output> create_alias(const wire::Call& call,
                                                      api::iam::CreateAccountAliasRequest input);
  Async<ops::DeleteAccountAlias::Output> delete_alias(const wire::Call& call,
                                                      api::iam::DeleteAccountAliasRequest input);
  Async<api::iam::ListAccountAliasesResponse> list_aliases(const wire::Call& call,
                                                           api::iam::ListAccountAliasesRequest input);
  Async<api::iam::GetAccountSummaryResponse> summary(const wire::Call& call,
                                                     ops::GetAccountSummary::Input input);
  // In authorization_details.cc.
  Async<api::iam::GetAccountAuthorizationDetailsResponse> authorization_details(
      const wire::Call& call, api::iam::GetAccountAuthorizationDetailsRequest input);

 private:
  Parts parts_;
};

}  // namespace hearth::services::iam
