#include "services/dynamodb/condition_keys.h"

#include <array>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/named_attributes.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/partiql/access.h"
#include "services/dynamodb/partiql/statement.h"

namespace hearth::services::dynamodb {
namespace {

using Names = Placeholders::Names;

const json::string* text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_string() : nullptr;
}
const json::object* object_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}
const json::array* array_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_array() : nullptr;
}

Names names_of(const json::object& request) {
  Names names;
  const json::object* given = object_at(request, "ExpressionAttributeNames");
  if (!given) return names;
  for (const auto& [placeholder, name] : *given) {
    if (name.is_string()) names.emplace(placeholder, name.get_string());
  }
  return names;
}

// What the requests ask that are made of one table.
class Asked {
 public:
  explicit Asked(const KeySchema& keys) : keys_(keys) {}

  // GetItem, Query …, or a part of a batch or transaction that is like one.
  void request(const json::object& one) {
    for (const char* name : {"Item", "Key"}) {
      if (const json::string* text = text_at(one, name)) item(*text);
    }
    if (const json::array* keys = array_at(one, "Keys")) {
      for (const json::value& key : *keys) {
        if (key.is_string()) item(key.get_string());
      }
    }
    expressions(one);
    older_parameters(one);
    condition_on_key(one);
    shows_all_ = shows_all_ || !(one.contains("ProjectionExpression") || one.contains("AttributesToGet"));
  }

  void statement(const partiql::Statement& statement) {
    AttributeNames names;
    if (statement.where) syntax::add_names(names, *statement.where);
    for (const syntax::Change& change : statement.changes) {
      attributes_.insert(change.path.attribute());
      if (change.value) syntax::add_names(names, *change.value);
    }
    for (const auto& [name, nested] : names) attributes_.insert(name);
    for (const auto& column : statement.selection.columns) attributes_.insert(column.path.attribute());
    for (const auto& [name, value] : statement.item) attributes_.insert(name);
    shows_all_ = statement.selection.columns.empty();
    leading(statement.item);
    const auto access = partiql::access_of(statement.where, keys_);
    if (!access) return;
    for (const KeyBounds& bounds : access->keys) leading(bounds.hash);
    scans_ = access->keys.empty();
  }

  bool shows_all() const { return shows_all_; }
  bool scans() const { return scans_; }

  void tell(wire::Permission& permission) const {
    const auto add = [&](const char* key, const std::set<std::string>& values) {
      if (!values.empty()) permission.conditions.emplace_back(key, std::vector(values.begin(), values.end()));
    };
    add("dynamodb:LeadingKeys", leading_);
    add("dynamodb:Attributes", attributes_);
  }

 private:
  void leading(const std::vector<Value>& hash) {
    for (const Value& value : hash) {
      leading_.insert(value.is(Type::kBinary) ? base64_encode(value.text()) : std::string(value.text()));
    }
  }

  void leading(const Item& item) {
    std::vector<Value> hash;
    for (const KeyAttribute& attribute : keys_.hash) {
      const Value* value = item.find(attribute.name);
      if (value && value->is(attribute.type)) hash.push_back(*value);
    }
    leading(hash);
  }

  void item(std::string_view text) {
    const auto read = read_item(text);
    if (!read) return;
    for (const auto& [name, value] : *read) attributes_.insert(name);
    leading(*read);
  }

  void expressions(const json::object& one) {
    const Names names = names_of(one);
    const auto add = [&](const char* member, ExpressionForm form) {
      const json::string* text = text_at(one, member);
      if (text) attributes_.merge(named_attributes(form, *text, names));
    };
    for (const char* member :
         {"ConditionExpression", "FilterExpression", "ProjectionExpression", "KeyConditionExpression"}) {
      add(member, ExpressionForm::kOther);
    }
    add("UpdateExpression", ExpressionForm::kUpdate);
  }

  void older_parameters(const json::object& one) {
    for (const char* member :
         {"Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter"}) {
      const json::object* by_name = object_at(one, member);
      if (!by_name) continue;
      for (const auto& [name, condition] : *by_name) attributes_.emplace(name);
    }
    const json::array* shown = array_at(one, "AttributesToGet");
    if (!shown) return;
    for (const json::value& name : *shown) {
      if (name.is_string()) attributes_.emplace(name.get_string());
    }
  }

  void condition_on_key(const json::object& one) {
    if (const json::string* text = text_at(one, "KeyConditionExpression")) {
      std::optional<Map> values;
      if (const json::string* json = text_at(one, "ExpressionAttributeValues")) {
        auto read = read_item(*json);
        if (read) values = *std::move(read);
      }
      Placeholders placeholders(names_of(one), std::move(values));
      const auto condition = KeyCondition::parse(*text, placeholders);
      const auto bounds = condition ? condition->bounds(keys_) : Result<KeyBounds>(KeyBounds());
      if (bounds) leading(bounds->hash);
    }
    const json::object* conditions = object_at(one, "KeyConditions");
    for (const KeyAttribute& attribute : keys_.hash) {
      const json::object* condition = conditions ? object_at(*conditions, attribute.name) : nullptr;
      const json::array* values = condition ? array_at(*condition, "AttributeValueList") : nullptr;
      if (!values) continue;
      for (const json::value& json : *values) {
        const auto value = json.is_string() ? read_value(json.get_string()) : Result<Value>();
        if (value && value->is(attribute.type)) leading({*value});
      }
    }
  }

  const KeySchema& keys_;
  std::set<std::string> leading_;
  std::set<std::string> attributes_;
  bool shows_all_ = false;
  bool scans_ = false;
};

// Whether the name, or ARN, is that of the table which the permission is asked for.
bool is_of(std::string_view table, std::string_view resource) {
  const size_t index = resource.find("/index/");
  const std::string_view arn = resource.substr(0, index);
  return table == arn || (!table.starts_with("arn:") && arn.ends_with(":table/" + std::string(table)));
}

// What each part of a transaction asks permission for.
constexpr auto kParts = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"Get", "dynamodb:GetItem"},
     {"Put", "dynamodb:PutItem"},
     {"Update", "dynamodb:UpdateItem"},
     {"Delete", "dynamodb:DeleteItem"},
     {"ConditionCheck", "dynamodb:ConditionCheckItem"}});

void add_transaction(const json::array& items, const wire::Permission& permission, Asked& asked) {
  for (const json::value& item : items) {
    for (const auto& [name, action] : kParts) {
      const json::object* part = item.is_object() ? object_at(item.get_object(), name) : nullptr;
      const json::string* table = part ? text_at(*part, "TableName") : nullptr;
      if (table && action == permission.action && is_of(*table, permission.resource)) asked.request(*part);
    }
  }
}

void add_batch(const json::object& tables, const wire::Permission& permission, Asked& asked) {
  for (const auto& [table, requests] : tables) {
    if (!is_of(table, permission.resource)) continue;
    if (requests.is_object()) asked.request(requests.get_object());
    if (!requests.is_array()) continue;
    for (const json::value& one : requests.get_array()) {
      for (const char* name : {"PutRequest", "DeleteRequest"}) {
        const json::object* write = one.is_object() ? object_at(one.get_object(), name) : nullptr;
        if (write) asked.request(*write);
      }
    }
  }
}

void add_statement(const json::object& input, std::string_view text, Asked& asked) {
  List values;
  if (const json::array* parameters = array_at(input, "Parameters")) {
    for (const json::value& json : *parameters) {
      auto value = json.is_string() ? read_value(json.get_string()) : Result<Value>();
      if (value) values.push_back(*std::move(value));
    }
  }
  const auto statement = partiql::parse_statement(text, values);
  if (statement) asked.statement(*statement);
}

// What an operation does where it is not told.
void add_modes(const json::object& input, const Asked& asked, wire::Permission& permission) {
  const auto add = [&](const char* key, std::string value) {
    permission.conditions.emplace_back(key, std::vector{std::move(value)});
  };
  const std::string& action = permission.action;
  const auto is_one_of = [&](auto... names) { return ((action == names) || ...); };
  if (const json::string* capacity = text_at(input, "ReturnConsumedCapacity")) {
    add("dynamodb:ReturnConsumedCapacity", std::string(*capacity));
  }
  if (is_one_of("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")) {
    const json::string* values = text_at(input, "ReturnValues");
    add("dynamodb:ReturnValues", values ? std::string(*values) : "NONE");
  }
  if (is_one_of("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan",
                "dynamodb:PartiQLSelect")) {
    const json::string* select = text_at(input, "Select");
    const bool index = permission.resource.contains("/index/");
    const std::string usual = !asked.shows_all() ? "SPECIFIC_ATTRIBUTES"
                              : index            ? "ALL_PROJECTED_ATTRIBUTES"
                                                 : "ALL_ATTRIBUTES";
    add("dynamodb:Select", select ? std::string(*select) : usual);
  }
  if (action == "dynamodb:PartiQLSelect") add("dynamodb:FullTableScan", asked.scans() ? "true" : "false");
}

}  // namespace

void add_item_keys(const json::object& input, const KeySchema& keys, wire::Permission& permission) {
  Asked asked(keys);
  if (const json::array* items = array_at(input, "TransactItems")) {
    add_transaction(*items, permission, asked);
  } else if (const json::object* tables = object_at(input, "RequestItems")) {
    add_batch(*tables, permission, asked);
  } else if (const json::string* statement = text_at(input, "Statement")) {
    add_statement(input, *statement, asked);
  } else {
    asked.request(input);
  }
  asked.tell(permission);
  add_modes(input, asked, permission);
}

}  // namespace hearth::services::dynamodb
