// What `hearth serve` can be told.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace hearth::server {

struct ServeOptions {
  std::string data;  // empty: default_data_folder()
  std::vector<std::string> listen = {"127.0.0.1:4566"};
  std::string region = "us-east-1";  // of requests that name none
  std::string account = "000000000000";
  std::vector<std::string> domains = {"localhost"};  // names of this server, below which buckets have theirs
  std::string certificate;                           // PEM files; both or none
  std::string key;
  std::string user;                          // whom a server started as root becomes
  uint32_t loops = 0;                        // 0: one a core
  uint32_t idle_minutes = 10;                // of an environment, before it ends
  uint32_t concurrency = 1000;               // of an account in a region
  uint32_t memory_free_percent_min = 10;     // with less, idle environments end
  uint32_t environments_max = 0;             // 0: as many as there are descriptors for
  std::vector<std::string> packages;         // Runtimes::offer()
  std::vector<std::string> code_folders;     // below which functions may name images
  std::vector<std::string> registries;       // hosts that images of functions may come from; "*": any
  std::string registry_logins;               // as `docker login` keeps them; empty: none
  std::vector<std::string> oidc_keys;        // OidcKeys::place()
  uint32_t queue_name_rest_seconds = 60;     // after a queue's deletion
  uint32_t lifecycle_day_seconds = 86400;    // of buckets' lifecycles
  uint32_t slots_max = 256;                  // made ahead, by runtime; 0: none
  std::string master_key_file;               // empty: master-key in the data directory
  std::string object_encryption = "always";  // or "asked"
  bool customer_keys_need_tls = false;       // those that clients send to encrypt objects by
  uint32_t scrub_hours = 7 * 24;             // between two looks at all that is kept of objects; 0: none
  bool development = false;                  // see docs/operating.md
  bool debug = false;
};

// $XDG_STATE_HOME/hearth or ~/.local/state/hearth.
std::string default_data_folder();

}  // namespace hearth::server
