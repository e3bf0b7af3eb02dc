// PathTree: several paths as one tree. It knows when two of them cannot stand side by side, and picks what
// they lead to out of an item, in one walk.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "services/dynamodb/expression/path.h"

namespace hearth::services::dynamodb {

class PathTree {
 public:
  struct Clash {
    // One path leads through the other's end, or is it (a.b and a); or one takes for a map what the other
    // takes for a list (a.b and a[1]).
    enum class Kind : uint8_t { kOverlap, kConflict };
    Kind kind;
    Path with;
  };

  // Adds the path, unless it clashes with one that was added before.
  std::optional<Clash> add(const Path& path);
  // Only what the paths lead to, in the maps and lists that hold it; elements of a list close ranks. What
  // holds none of it is left out.
  Item pick(const Item& item) const;
  const std::vector<Path>& paths() const { return paths_; }

 private:
  struct Node {
    // All names or all indexes; none where a path ends.
    std::map<Step, Node> children;
    // One of the paths that lead through here.
    size_t path = 0;

    std::optional<Value> pick(const Value& value) const;
    Map pick(const Map& map) const;
  };

  Node root_;
  std::vector<Path> paths_;
};

}  // namespace hearth::services::dynamodb
