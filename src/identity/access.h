// Whose a key is, and what its owner may do: the answers to the pipeline's two questions.
//
// Threads: any that runs a loop; sources are added before the first request.
#pragma once
#include <functional>
#include <map>
#include <optional>

#include "identity/caller.h"
#include "identity/resource_facts.h"
#include "identity/root.h"
#include "wire/auth.h"

namespace hearth::identity {

struct AccessOptions {
  std::string account;              // the server's default one
  std::optional<AccessKey> root{};  // a key for its root beside those that are stored
  // For people at work: `test` is the key of that root, and twelve digits those of any account's root. Their
  // signatures are not checked.
  bool development = false;
};

class Access final : public wire::CredentialSource, public wire::Authorizer {
 public:
  Access(Callers& callers, AccessOptions options) : callers_(callers), options_(std::move(options)) {}

  // Who knows the resources of a service, as their ARNs spell it. The source outlives this.
  void add_source(std::string service, ResourceSource& source) {
    sources_.emplace(std::move(service), &source);
  }

  Async<std::optional<wire::Credential>> find(std::string access_key_id, std::string session_token) override;
  Async<void> authorize(const wire::Call& call, wire::Permission permission) override;

  // The decision alone, and the words for a no.
  struct Answer {
    bool allowed = false;
    std::string refusal;
  };
  Async<Answer> ask(const wire::Call& call, wire::Permission permission);

 private:
  CallerPtr outside_the_store(const std::string& access_key_id) const;
  ResourceSource* source_of(std::string_view resource) const;
  bool is_master(const Caller& caller, std::string_view resource) const;

  Callers& callers_;
  AccessOptions options_;
  std::map<std::string, ResourceSource*, std::less<>> sources_;
};

}  // namespace hearth::identity
