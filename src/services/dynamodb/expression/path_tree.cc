#include "services/dynamodb/expression/path_tree.h"

namespace hearth::services::dynamodb {

std::optional<PathTree::Clash> PathTree::add(const Path& path) {
  // Looks first, so that a path that clashes leaves nothing behind.
  const Node* seen = &root_;
  for (const Step& step : path.steps) {
    if (seen->children.empty()) {
      // Only the root of an empty tree has no children and is no path's end.
      if (seen != &root_) return Clash{Clash::Kind::kOverlap, paths_[seen->path]};
      break;
    }
    const auto& [sibling, node] = *seen->children.begin();
    if (sibling.index() != step.index()) return Clash{Clash::Kind::kConflict, paths_[node.path]};
    const auto child = seen->children.find(step);
    if (child == seen->children.end()) {
      seen = nullptr;
      break;
    }
    seen = &child->second;
  }
  if (seen && seen != &root_) return Clash{Clash::Kind::kOverlap, paths_[seen->path]};

  Node* node = &root_;
  for (const Step& step : path.steps) {
    node = &node->children.try_emplace(step, Node{.children = {}, .path = paths_.size()}).first->second;
  }
  paths_.push_back(path);
  return std::nullopt;
}

Item PathTree::pick(const Item& item) const {
  return root_.pick(item);
}

Map PathTree::Node::pick(const Map& map) const {
  Map picked;
  for (const auto& [step, child] : children) {
    const auto& name = std::get<std::string>(step);
    const Value* value = map.find(name);
    if (!value) continue;
    if (auto part = child.pick(*value)) picked.set(name, std::move(*part));
  }
  return picked;
}

std::optional<Value> PathTree::Node::pick(const Value& value) const {
  if (children.empty()) return value;
  if (std::holds_alternative<std::string>(children.begin()->first)) {
    if (!value.is(Type::kMap)) return std::nullopt;
    Map picked = pick(value.map());
    return picked.empty() ? std::nullopt : std::optional(Value::map(std::move(picked)));
  }
  if (!value.is(Type::kList)) return std::nullopt;
  List picked;
  for (const auto& [step, child] : children) {
    const uint32_t index = std::get<uint32_t>(step);
    if (index >= value.list().size()) break;
    if (auto part = child.pick(value.list()[index])) picked.push_back(std::move(*part));
  }
  return picked.empty() ? std::nullopt : std::optional(Value::list(std::move(picked)));
}

}  // namespace hearth::services::dynamodb
