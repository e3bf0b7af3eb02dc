#include "services/dynamodb/expression/update.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "base/check.h"
#include "services/dynamodb/expression/levels.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {
namespace {

using syntax::Action;
using syntax::Call;
using syntax::Change;
using syntax::Function;
using syntax::Operand;

bool takes_away(const Change& change) {
  return change.action == Action::kRemove || change.action == Action::kDelete;
}

// The outcome of one change: what becomes of the path.
struct Write {
  const Path* path;
  // Nothing takes away what is there.
  std::optional<Value> value;
};

// Evaluates changes against the item as it is before any of them.
class Evaluation {
 public:
  Evaluation(const Item& item, std::string_view wrong_type) : item_(item), wrong_type_(wrong_type) {}

  // Nothing if the item stays as it is.
  Result<std::optional<Write>> outcome(const Change& change) const {
    TRY_SYNC_VOID(check_place(change.path));
    const Value* now = change.path.find(item_);
    if (change.action == Action::kRemove) return write_if(now != nullptr, change.path, std::nullopt);
    TRY_SYNC(Value operand, value_of(*change.value));
    if (change.action == Action::kSet) return Write{&change.path, std::move(operand)};
    if (change.action == Action::kAdd) {
      if (!now) return Write{&change.path, std::move(operand)};
      TRY_SYNC(Value sum, added(*now, operand));
      return Write{&change.path, std::move(sum)};
    }
    if (!now) return std::nullopt;
    TRY_SYNC(auto rest, without(*now, operand));
    return Write{&change.path, std::move(rest)};
  }

 private:
  static std::optional<Write> write_if(bool condition, const Path& path, std::optional<Value> value) {
    if (!condition) return std::nullopt;
    return Write{&path, std::move(value)};
  }

  // What the last step is taken in has to be there, and to be of the right kind.
  Status check_place(const Path& path) const {
    if (!path.is_nested()) return {};
    const Value* holder = path.find(item_, path.steps.size() - 1);
    const Type needed = std::holds_alternative<uint32_t>(path.steps.back()) ? Type::kList : Type::kMap;
    if (holder && holder->is(needed)) return {};
    return fail(
        errors::validation("The document path provided in the update expression is invalid for update"));
  }

  Result<Value> value_of(const Operand& operand) const {
    if (const auto* value = std::get_if<Value>(&operand.form)) return *value;
    if (const auto* path = std::get_if<Path>(&operand.form)) {
      if (const Value* value = path->find(item_)) return *value;
      return fail(errors::validation(
          "The provided expression refers to an attribute that does not exist in the item"));
    }
    return result_of(std::get<Call>(operand.form));
  }

  Result<Value> result_of(const Call& call) const {
    if (call.function == Function::kIfNotExists) {
      const Value* value = std::get<Path>(call.operands[0].form).find(item_);
      if (value) return *value;
      return value_of(call.operands[1]);
    }
    TRY_SYNC(Value left, value_of(call.operands[0]));
    TRY_SYNC(Value right, value_of(call.operands[1]));
    if (call.function == Function::kListAppend) {
      if (!left.is(Type::kList) || !right.is(Type::kList)) return wrong_type();
      return joined(std::move(left), right);
    }
    if (!left.is(Type::kNumber) || !right.is(Type::kNumber)) return wrong_type();
    const Number number = left.as_number();
    TRY_SYNC(const Number sum, call.function == Function::kPlus ? number.plus(right.as_number())
                                                                : number.minus(right.as_number()));
    return Value::number(sum);
  }

  static Value joined(Value left, const Value& right) {
    left.list().insert(left.list().end(), right.list().begin(), right.list().end());
    return left;
  }

  Result<Value> added(const Value& now, const Value& operand) const {
    if (now.type() != operand.type()) return wrong_type();
    if (now.is(Type::kNumber)) {
      TRY_SYNC(const Number sum, now.as_number().plus(operand.as_number()));
      return Value::number(sum);
    }
    // Reached by a parameter of the older kind only; the grammar of expressions does not let it through.
    if (now.is(Type::kList)) return joined(now, operand);
    if (!now.is_set()) return wrong_type();
    std::set<std::string> elements(now.elements().begin(), now.elements().end());
    elements.insert(operand.elements().begin(), operand.elements().end());
    return Value::set(now.type(), Elements(elements.begin(), elements.end()));
  }

  // Nothing if no element is left.
  Result<std::optional<Value>> without(const Value& now, const Value& operand) const {
    if (!now.is_set() || now.type() != operand.type()) return wrong_type();
    const std::set<std::string_view> leaving(operand.elements().begin(), operand.elements().end());
    Elements elements;
    std::ranges::copy_if(now.elements(), std::back_inserter(elements),
                         [&](const std::string& element) { return !leaving.contains(element); });
    if (elements.empty()) return std::nullopt;
    return Value::set(now.type(), std::move(elements));
  }

  const Item& item_;
  std::unexpected<Error> wrong_type() const { return fail(errors::validation(std::string(wrong_type_))); }

  std::string_view wrong_type_;
};

// REQUIRES that the map or list is there. A part of an item that may be changed may be.
Value& holder_of(Item& item, const Path& path) {
  return const_cast<Value&>(*path.find(item, path.steps.size() - 1));
}

void put(Item& item, const Path& path, Value value) {
  const Step& last = path.steps.back();
  if (!path.is_nested()) {
    item.set(path.attribute(), std::move(value));
  } else if (const auto* name = std::get_if<std::string>(&last)) {
    holder_of(item, path).map().set(*name, std::move(value));
  } else {
    List& list = holder_of(item, path).list();
    const uint32_t index = std::get<uint32_t>(last);
    if (index < list.size()) {
      list[index] = std::move(value);
    } else {
      list.push_back(std::move(value));
    }
  }
}

void take_away(Item& item, const Path& path) {
  const Step& last = path.steps.back();
  if (!path.is_nested()) {
    item.erase(path.attribute());
  } else if (const auto* name = std::get_if<std::string>(&last)) {
    holder_of(item, path).map().erase(*name);
  } else {
    List& list = holder_of(item, path).list();
    list.erase(list.begin() + std::get<uint32_t>(last));
  }
}

PathTree tree_of(const std::vector<Change>& changes) {
  PathTree tree;
  for (const Change& change : changes) {
    CHECK(!tree.add(change.path), "the paths of an update do not clash");
  }
  return tree;
}

}  // namespace

Result<Update> Update::parse(std::string_view text, Placeholders& placeholders) {
  TRY_SYNC(std::vector<Change> changes, parse_update(text, placeholders));
  return Update(std::move(changes));
}

Update::Update(std::vector<Change> changes, std::string_view wrong_type)
    : changes_(std::move(changes)), paths_(tree_of(changes_)), wrong_type_(wrong_type) {}

bool Update::creates_item() const {
  return changes_.empty() || !std::ranges::all_of(changes_, takes_away);
}

Status Update::apply(Item& item, bool exists) const {
  const Evaluation evaluation(item, wrong_type_);
  std::vector<Write> writes;
  for (const Change& change : changes_) {
    if (!exists && takes_away(change)) continue;
    TRY_SYNC(auto write, evaluation.outcome(change));
    if (!write) continue;
    if (write->value) {
      TRY_SYNC_VOID(check_levels(*write->value, change.path.steps.size() - 1));
    }
    writes.push_back(*std::move(write));
  }
  // What is put behind the end of a list is put in the order of the indexes. What is taken away goes last and
  // from behind, so that no index before it moves.
  std::ranges::sort(writes, {}, [](const Write& write) -> const Path& { return *write.path; });
  for (Write& write : writes) {
    if (write.value) put(item, *write.path, *std::move(write.value));
  }
  for (const Write& write : std::views::reverse(writes)) {
    if (!write.value) take_away(item, *write.path);
  }
  return {};
}

AttributeNames Update::names() const {
  AttributeNames names = written_names();
  for (const Change& change : changes_) {
    if (change.value) add_names(names, *change.value);
  }
  return names;
}

AttributeNames Update::written_names() const {
  AttributeNames names;
  for (const Change& change : changes_) add(names, change.path);
  return names;
}

}  // namespace hearth::services::dynamodb
