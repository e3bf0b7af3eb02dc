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

}  // namespace hearth::identity
