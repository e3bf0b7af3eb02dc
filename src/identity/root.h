// The root account's access key and the server's own secret: made at the first start, kept in the data
// directory with mode 0600, or given from outside.
#pragma once
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"

namespace hearth::identity {

inline constexpr std::string_view kDefaultAccount = "000000000000";

struct AccessKey {
  std::string id;
  std::string secret;
};

struct FileKey {
  AccessKey key;
  bool fresh = false;  // made just now
};
// Reads `<folder>/credentials` (an AWS profile file) or writes a new one. Errors: "IoError", "BadCredentials"
// for a file that cannot be understood.
Result<FileKey> root_key(const std::string& folder, Random& random);
// Writes the new key into that file, if the old one stands there.
Status replace_root_key(const std::string& folder, std::string_view old_id, const AccessKey& key);

// 32 bytes that seal what the server gives out (session tokens, links); `<folder>/server-key`.
Result<std::string> server_key(const std::string& folder, Random& random);

// 32 bytes that protect what is kept: the master key. `<folder>/master-key`, or `file` outside of the folder;
// made with a folder's first start. `<folder>/master-key-id` tells which key the folder's data needs: without
// it nothing is opened. Errors: "BadMasterKey", "IoError".
Result<std::string> master_key(const std::string& folder, const std::string& file, Random& random);

}  // namespace hearth::identity
