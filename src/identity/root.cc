#include "identity/root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/fd.h"
#include "base/text.h"
#include "identity/arn.h"

namespace hearth::identity {
namespace {

constexpr size_t kServerKeyBytes = 32;

Error io_error(const std::string& path) {
  return {.code = "IoError", .message = fmt::format("{}: {}", path, std::strerror(errno))};
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Complete and on disk, or not there.
Status write_secret(const std::string& path, std::string_view bytes) {
  const std::string partial = path + ".new";
  const Fd file(open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail(io_error(partial));
  if (write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      fsync(file.get()) != 0) {
    return fail(io_error(partial));
  }
  if (rename(partial.c_str(), path.c_str()) != 0) return fail(io_error(path));
  const size_t slash = path.rfind('/');
  const Fd folder(open(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(),
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) return fail(io_error(path));
  return {};
}

// A key of 64 hex digits and a line's end; nothing where there is no file.
Result<std::optional<std::string>> read_key(const std::string& path, const std::string& error_code) {
  const auto text = read_file(path);
  if (!text) {
    if (errno == ENOENT) return std::nullopt;
    return fail(io_error(path));
  }
  auto key = hex_decode(std::string_view(*text).substr(0, 2 * kServerKeyBytes));
  if (!key || key->size() != kServerKeyBytes)
    return fail(error_code, path + " holds no key of 64 hex digits");
  return key;
}

Result<std::string> make_key(const std::string& path, Random& random) {
  const std::string digits = random.hex(2 * kServerKeyBytes);
  TRY_SYNC_VOID(write_secret(path, digits + "\n"));
  return *hex_decode(digits);
}

// By this a key is known again that is not told.
std::string id_of_key(const std::string& key) {
  return hex_encode(hmac_sha256(key, "hearth master key id")).substr(0, 32);
}

std::string value_of(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto part = [](std::string_view text) { return trimmed(text, " \t\r"); };
    if (part(std::string_view(line).substr(0, equals)) == name)
      return std::string(part(std::string_view(line).substr(equals + 1)));
  }
  return {};
}

std::string path_of(const std::string& folder) {
  return folder + "/credentials";
}

Status write_key(const std::string& path, const AccessKey& key) {
  return write_secret(path, fmt::format("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                                        key.id, key.secret));
}

}  // namespace

Result<FileKey> root_key(const std::string& folder, Random& random) {
  const std::string path = path_of(folder);
  if (const auto text = read_file(path)) {
    AccessKey key{.id = value_of(*text, "aws_access_key_id"),
                  .secret = value_of(*text, "aws_secret_access_key")};
    if (key.id.empty() || key.secret.empty()) {
      return fail("BadCredentials", path + " names no aws_access_key_id and aws_secret_access_key");
    }
    return FileKey{.key = std::move(key)};
  }
  FileKey made{.key = make_access_key(random), .fresh = true};
  TRY_SYNC_VOID(write_key(path, made.key));
  return made;
}

Status replace_root_key(const std::string& folder, std::string_view old_id, const AccessKey& key) {
  const std::string path = path_of(folder);
  const auto text = read_file(path);
  if (!text || value_of(*text, "aws_access_key_id") != old_id) return {};
  return write_key(path, key);
}

Result<std::string> server_key(const std::string& folder, Random& random) {
  const std::string path = folder + "/server-key";
  TRY_SYNC(auto key, read_key(path, "BadCredentials"));
  if (key) return *std::move(key);
  return make_key(path, random);
}

Result<std::string> master_key(const std::string& folder, const std::string& file, Random& random) {
  const std::string path = file.empty() ? folder + "/master-key" : file;
  const std::string id_path = folder + "/master-key-id";
  const auto id_line = read_file(id_path);
  TRY_SYNC(auto key, read_key(path, "BadMasterKey"));
  if (id_line) {
    const std::string id = id_line->substr(0, id_line->find('\n'));
    if (!key) {
      return fail("BadMasterKey", "there is no master key " + path +
                                      ", without which the data cannot be read: put it back, or name its "
                                      "file with --master-key-file");
    }
    if (id_of_key(*key) != id) {
      return fail("BadMasterKey", path +
                                      " is another master key than the one that the data was written with (" +
                                      id_of_key(*key) + ", not " + id + ")");
    }
    return *std::move(key);
  }
  if (!key) {
    TRY_SYNC(key, make_key(path, random));
  }
  TRY_SYNC_VOID(write_secret(id_path, id_of_key(*key) + "\n"));
  return *std::move(key);
}

}  // namespace hearth::identity
