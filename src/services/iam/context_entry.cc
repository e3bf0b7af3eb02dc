#include "services/iam/context_entry.h"

#include "base/encoding.h"
#include "identity/policy/condition_values.h"
#include "services/iam/errors.h"

namespace hearth::services::iam {
namespace {

// The model's names of types, those of lists without the "List".
bool is_of_type(const std::string& value, std::string_view type) {
  if (type == "numeric") return identity::Decimal::parse(value).has_value();
  if (type == "boolean") return iequals(value, "true") || iequals(value, "false");
  if (type == "ip") return identity::IpRange::parse(value).has_value();
  if (type == "date") return identity::Instant::parse(value).has_value();
  if (type == "binary") return base64_decode(value).has_value();
  return true;
}

}  // namespace

Status check_context_entry(const api::iam::ContextEntry& entry) {
  if (!entry.context_key_name) {
    return fail(errors::invalid_input_exception("A context entry must have a ContextKeyName."));
  }
  if (!entry.context_key_type || !entry.context_key_values) return {};
  constexpr std::string_view kList = "List";
  std::string_view type = *entry.context_key_type;
  if (type.ends_with(kList)) {
    type.remove_suffix(kList.size());
  } else if (entry.context_key_values->size() > 1) {
    return fail(errors::invalid_input_exception(fmt::format(
        "The context key {} of type {} has more than one value.", *entry.context_key_name, type)));
  }
  for (const std::string& value : *entry.context_key_values) {
    if (is_of_type(value, type)) continue;
    return fail(errors::invalid_input_exception(
        fmt::format("The value {} of the context key {} is not of type {}.", value, *entry.context_key_name,
                    *entry.context_key_type)));
  }
  return {};
}

}  // namespace hearth::services::iam
