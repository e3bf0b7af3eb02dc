#include "wire/document.h"

#include <cmath>

#include "base/check.h"
#include "wire/access.h"

namespace hearth::wire {

namespace {

Status wrong_type(const Shape& shape) {
  return fail("SerializationException", "a value of type " + std::string(shape.name) + " was expected");
}

// Numbers of documents that were parsed from JSON may be of any of Boost.JSON's three kinds.
std::optional<int64_t> whole_number(const json::value& value) {
  if (const int64_t* number = value.if_int64()) return *number;
  if (value.is_double() && std::trunc(value.get_double()) == value.get_double() &&
      std::abs(value.get_double()) < 9.0e18) {
    return static_cast<int64_t>(value.get_double());
  }
  return std::nullopt;
}

std::optional<double> any_number(const json::value& value) {
  if (const double* number = value.if_double()) return *number;
  if (const int64_t* number = value.if_int64()) return static_cast<double>(*number);
  if (const uint64_t* number = value.if_uint64()) return static_cast<double>(*number);
  return std::nullopt;
}

template <typename T>
T& as(void* place) {
  return *static_cast<T*>(place);
}
template <typename T>
const T& as(const void* place) {
  return *static_cast<const T*>(place);
}

Status read_members(const Shape& shape, const json::object& document, void* target);

Status read_leaf(const Shape& shape, const json::value& value, void* target) {
  switch (shape.kind) {
    case Kind::kString:
    case Kind::kBlob:
      if (!value.is_string()) return wrong_type(shape);
      as<std::string>(target) = value.get_string();
      return {};
    case Kind::kBoolean:
      if (!value.is_bool()) return wrong_type(shape);
      as<bool>(target) = value.get_bool();
      return {};
    case Kind::kInteger:
    case Kind::kLong: {
      const auto number = whole_number(value);
      if (!number) return wrong_type(shape);
      if (shape.kind == Kind::kLong) {
        as<int64_t>(target) = *number;
      } else if (*number == static_cast<int32_t>(*number)) {
        as<int32_t>(target) = static_cast<int32_t>(*number);
      } else {
        return wrong_type(shape);
      }
      return {};
    }
    case Kind::kFloat:
    case Kind::kDouble: {
      const auto number = any_number(value);
      if (!number) return wrong_type(shape);
      as<double>(target) = *number;
      return {};
    }
    case Kind::kTimestamp: {
      const auto time = document_time(value);
      if (!time) return wrong_type(shape);
      as<TimePoint>(target) = *time;
      return {};
    }
    case Kind::kDocument:
      if (shape.opaque) {
        if (!value.is_string()) return wrong_type(shape);
        as<std::string>(target) = value.get_string();
      } else {
        as<json::value>(target) = value;
      }
      return {};
    default:
      return wrong_type(shape);
  }
}

Status read_value(const Shape& shape, const json::value& value, void* target) {
  if (shape.kind == Kind::kStructure) {
    if (!value.is_object()) return wrong_type(shape);
    return read_members(shape, value.get_object(), target);
  }
  if (shape.kind == Kind::kList) {
    if (!value.is_array()) return wrong_type(shape);
    for (const json::value& item : value.get_array()) {
      TRY_SYNC_VOID(read_value(*shape.element, item, shape.container->add(target, {})));
    }
    return {};
  }
  if (shape.kind == Kind::kMap) {
    if (!value.is_object()) return wrong_type(shape);
    for (const auto& [key, item] : value.get_object()) {
      TRY_SYNC_VOID(read_value(*shape.element, item, shape.container->add(target, key)));
    }
    return {};
  }
  return read_leaf(shape, value, target);
}

// Where a member's value lies, made if it is optional and was not there.
void* place_of(const Member& member, void* structure) {
  void* place = static_cast<char*>(structure) + member.offset;
  return member.optional ? member.optional->emplace(place) : place;
}

Status read_members(const Shape& shape, const json::object& document, void* target) {
  for (const Member& member : shape.members) {
    if (member.shape->streaming) continue;
    const json::value* value = document.if_contains(member.name);
    if (!value || value->is_null()) continue;
    TRY_SYNC_VOID(read_value(*member.shape, *value, place_of(member, target)));
  }
  return {};
}

json::object write_members(const Shape& shape, const void* source, const Member* beside);

json::value write_value(const Shape& shape, const void* source) {
  switch (shape.kind) {
    case Kind::kStructure:
      return write_members(shape, source, nullptr);
    case Kind::kList: {
      struct Out {
        const Shape& element;
        json::array items;
      } out{*shape.element, {}};
      shape.container->each(source, &out, [](void* context, std::string_view, const void* item) {
        auto& to = as<Out>(context);
        to.items.push_back(write_value(to.element, item));
      });
      return std::move(out.items);
    }
    case Kind::kMap: {
      struct Out {
        const Shape& element;
        json::object items;
      } out{*shape.element, {}};
      shape.container->each(source, &out, [](void* context, std::string_view key, const void* item) {
        auto& to = as<Out>(context);
        to.items.emplace(key, write_value(to.element, item));
      });
      return std::move(out.items);
    }
    case Kind::kString:
    case Kind::kBlob:
      return json::value(std::string_view(as<std::string>(source)));
    case Kind::kBoolean:
      return as<bool>(source);
    case Kind::kInteger:
      return as<int32_t>(source);
    case Kind::kLong:
      return as<int64_t>(source);
    case Kind::kFloat:
    case Kind::kDouble:
      return as<double>(source);
    case Kind::kTimestamp:
      return document_time(as<TimePoint>(source));
    case Kind::kDocument:
      if (!shape.opaque) return as<json::value>(source);
      return json::value(std::string_view(as<std::string>(source)));
  }
  return {};
}

json::object write_members(const Shape& shape, const void* source, const Member* beside) {
  json::object document;
  for (const Member& member : shape.members) {
    if (&member == beside || member.shape->streaming) continue;
    const void* place = static_cast<const char*>(source) + member.offset;
    if (member.optional) place = member.optional->get(place);
    if (place) document.emplace(member.name, write_value(*member.shape, place));
  }
  return document;
}

}  // namespace

Status read_struct(const Shape& shape, Message message, void* target) {
  TRY_SYNC_VOID(read_members(shape, message.document, target));
  if (const Member* payload = shape.payload; payload && payload->shape->kind == Kind::kBlob) {
    void* place = static_cast<char*>(target) + payload->offset;
    if (payload->shape->streaming) {
      as<io::Body>(place) = std::move(message.stream);
    } else if (message.payload) {
      as<std::string>(place_of(*payload, target)) = *std::move(message.payload);
    }
  }
  return {};
}

Message write_struct(const Shape& shape, void* source) {
  const Member* payload =
      shape.payload && shape.payload->shape->kind == Kind::kBlob ? shape.payload : nullptr;
  Message message;
  message.document = write_members(shape, source, payload);
  if (!payload) return message;
  void* place = static_cast<char*>(source) + payload->offset;
  if (payload->shape->streaming) {
    message.stream = std::move(as<io::Body>(place));
  } else if (!payload->optional) {
    message.payload = std::move(as<std::string>(place));
  } else if (payload->optional->get(place)) {
    message.payload = std::move(*static_cast<std::optional<std::string>*>(place));
  }
  return message;
}

void fill_defaults(const Shape& shape, json::object& document) {
  for (const Member& member : shape.members) {
    if (member.default_json.empty() || document.contains(member.name)) continue;
    auto value = parse_json(member.default_json);
    CHECK(value.has_value(), "a default in a shape table is no JSON");
    document.emplace(member.name, *std::move(value));
  }
}

json::value document_time(TimePoint time) {
  const int64_t us = time.time_since_epoch().count();
  if (us % 1'000'000 == 0) return us / 1'000'000;
  return static_cast<double>(us) / 1e6;
}

std::optional<TimePoint> document_time(const json::value& value) {
  const auto seconds = any_number(value);
  if (!seconds || !(std::abs(*seconds) < 9.0e12)) return std::nullopt;
  return TimePoint(std::chrono::microseconds(std::llround(*seconds * 1e6)));
}

}  // namespace hearth::wire
