// Identity providers of OpenID Connect, whose tokens AssumeRoleWithWebIdentity takes. What thumbprints are
// good for: identity/oidc_keys.h.
#pragma once
#include <functional>

#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class OidcProviders {
 public:
  explicit OidcProviders(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateOpenIDConnectProviderResponse> create(
      const wire::Call& call, api::iam::CreateOpenIDConnectProviderRequest input);
  Async<api::iam::GetOpenIDConnectProviderResponse> get(const wire::Call& call,
                                                        api::iam::GetOpenIDConnectProviderRequest input);
  Async<api::iam::ListOpenIDConnectProvidersResponse> list(const wire::Call& call,
                                                           api::iam::ListOpenIDConnectProvidersRequest input);
  Async<ops::DeleteOpenIDConnectProvider::Output> remove(const wire::Call& call,
                                                         api::iam::DeleteOpenIDConnectProviderRequest input);
  Async<ops::AddClientIDToOpenIDConnectProvider::Output> add_client(
      const wire::Call& call, api::iam::AddClientIDToOpenIDConnectProviderRequest input);
  Async<ops::RemoveClientIDFromOpenIDConnectProvider::Output> remove_client(
      const wire::Call& call, api::iam::RemoveClientIDFromOpenIDConnectProviderRequest input);
  Async<ops::UpdateOpenIDConnectProviderThumbprint::Output> set_thumbprints(
      const wire::Call& call, api::iam::UpdateOpenIDConnectProviderThumbprintRequest input);

 private:
  using Change = std::function<Status(identity::OidcProviderRecord&)>;
  Async<void> change(const wire::Call& call, std::string arn, Change change);

  Parts parts_;
};

// The provider with this ARN. NoSuchEntity, ValidationError.
Async<identity::OidcProviderRecord> find_provider(Tables& tables, std::string arn);
std::string provider_arn(const std::string& account, std::string_view url);

}  // namespace hearth::services::iam
