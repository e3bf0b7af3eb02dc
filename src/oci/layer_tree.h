// The directory that a layer is unpacked into, as the entries of its archive change it. Errors have the codes
// of unpack_layer().
#pragma once
#include <sys/types.h>
#include <time.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hearth::oci {

// What a system call's error means, by errno.
std::unexpected<Error> layer_failure(const std::string& what);

class LayerTree {
 public:
  // The names on an entry's way, without "." and empty ones. Fails for ".." and for what no name can be.
  using Path = std::vector<std::string>;
  static Result<Path> parse_path(std::string_view text);

  static Result<LayerTree> open(const std::string& directory);

  // Each replaces what is there, but for a directory in a directory's place. REQUIRES a path that is not
  // empty.
  Status add_directory(const Path& path, mode_t mode);
  // To be written to, and then given to finish_file().
  Result<Fd> add_file(const Path& path);
  static Status finish_file(const Fd& file, uint64_t size_bytes, mode_t mode, timespec modified);
  Status add_symbolic_link(const Path& path, const std::string& target);
  Status add_hard_link(const Path& path, const Path& target);

  // Directories that were made because an entry was in them.
  uint64_t directories_made() const { return directories_made_; }

 private:
  explicit LayerTree(Fd root) : root_(std::move(root)) {}

  Result<int> parent_of(const Path& path);  // stays this tree's, until the next call
  Result<Fd> open_directory(const std::string& path) const;
  Result<Fd> make_directories(const Path& path);  // all but the last name
  // Makes room for it.
  Result<int> place_for(const Path& path);

  Fd root_;
  // The directory that the last entry was in, which most often is the next one's.
  std::string parent_path_;
  Fd parent_;
  uint64_t directories_made_ = 0;
};

}  // namespace hearth::oci
