// The keys of identity providers, by which their tokens are checked: fetched from the provider as OpenID
// Connect Discovery has it, and kept a while. For machines without a network, and for providers that cannot
// be reached, the server's owner places a provider's key set in a file: then nothing is fetched.
//
// A provider's certificate must be one that the system trusts, or be below one whose thumbprint was
// registered with the provider; who registers a thumbprint decides for his own account only.
//
// Threads: any that runs a loop, after the last place(). Fetching has a loop of its own, because looking up a
// host's name blocks.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/jwks.h"
#include "io/loops.h"
#include "io/turnstile.h"

namespace hearth::identity {

class OidcKeys {
 public:
  // Shared by the requests under way and what is kept.
  using KeySetPtr = std::shared_ptr<const KeySet>;

  explicit OidcKeys(const Clock& clock) : clock_(clock) {}

  // `setting` is URL=FILE: a provider's URL, and the file with its key set. Codes "InvalidOption", "IoError",
  // "MalformedKeys".
  Status place(const std::string& setting);
  // Reads the files again; those that cannot be read, or say nothing of use, keep what they had.
  void reload();

  struct Provider {
    std::string url;  // without "https://"
    std::vector<std::string> thumbprints = {};
  };
  // `unless`: a set that lacked the key that was looked for; it is fetched again, unless that was done
  // moments ago. Codes: "ProviderUnreachable", "ProviderUntrusted" for its certificate, "MalformedKeys" for
  // what it answered.
  Async<KeySetPtr> find(Provider provider, KeySetPtr unless = {});

 private:
  struct Placed {
    std::string file;
    KeySetPtr keys;
  };
  // What is known of one provider under one choice of thumbprints.
  struct Entry {
    io::Turnstile turn{1};  // one fetch at a time
    KeySetPtr keys;
    SteadyTime fetched;
    Error error;                      // of the last attempt, if there are no keys
    std::optional<SteadyTime> asked;  // the last attempt
  };
  // Outlives its place in the table, which a fetch under way may lose.
  using EntryPtr = std::shared_ptr<Entry>;

  EntryPtr entry_of(const Provider& provider);
  std::optional<Result<KeySetPtr>> kept(const Entry& entry, const KeySetPtr& unless) const;
  io::Loop& fetch_loop();
  Async<KeySetPtr> fetch(EntryPtr entry, Provider provider, KeySetPtr unless);

  const Clock& clock_;
  mutable std::mutex mutex_;  // of all below
  std::map<std::string, Placed> placed_;
  std::map<std::string, EntryPtr> entries_;
  std::unique_ptr<io::Loops> loops_;  // last, because it ends what uses the rest; made by the first fetch
};

}  // namespace hearth::identity
