#include "wire/rest_bindings.h"

#include "base/encoding.h"
#include "base/text.h"
#include "wire/scalar_text.h"

namespace hearth::wire {

namespace {

// The items of a list in one header: separated by commas, in quotes where they contain one. Dates of the HTTP
// form have a comma of their own.
std::vector<std::string> header_items(std::string_view text, bool http_dates) {
  std::vector<std::string> items;
  while (!text.empty()) {
    text = trimmed(text);
    std::string item;
    if (text.starts_with('"')) {
      size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        item += text[at];
      }
      text.remove_prefix(std::min(text.size(), at + 1));
      text.remove_prefix(std::min(text.size(), text.find(',')));
    } else {
      size_t comma = text.find(',');
      if (http_dates && comma != std::string_view::npos) comma = text.find(',', comma + 1);
      item = trimmed(text.substr(0, comma));
      text.remove_prefix(std::min(text.size(), comma));
    }
    items.push_back(std::move(item));
    if (!text.empty()) text.remove_prefix(1);
  }
  return items;
}

bool http_dates(const Shape& shape) {
  return shape.kind == Kind::kTimestamp &&
         time_format_of(nullptr, shape, TimeFormat::kRfc822) == TimeFormat::kRfc822;
}

Result<json::value> from_header(const Member& member, std::string_view text) {
  const Shape& shape = *member.shape;
  if (member.json_value) {
    const auto decoded = base64_decode(text);
    if (!decoded) return fail("SerializationException", "Invalid base64 in a header");
    return json::value(std::string_view(*decoded));
  }
  if (shape.kind != Kind::kList) return scalar_from_text(shape, text);
  json::array items;
  for (const std::string& item : header_items(text, http_dates(*shape.element))) {
    TRY_SYNC(auto value, scalar_from_text(*shape.element, item));
    items.push_back(std::move(value));
  }
  return json::value(std::move(items));
}

// Conditions on dates that are none do not hold anybody up (RFC 9110, 13.1.3).
bool is_ignored_when_unreadable(const Member& member) {
  return http_dates(*member.shape) && to_lower(member.wire_name).ends_with("modified-since");
}

// Who wants to say which parameter it was finds it in the error.
std::unexpected<Error> unreadable(Error error, std::string_view name, std::string_view text) {
  error.extra = {{"ArgumentName", std::string(name)}, {"ArgumentValue", std::string(text)}};
  return fail(std::move(error));
}

Status read_headers(const Member& member, const io::Headers& headers, json::object& document) {
  if (member.location == Location::kHeader) {
    std::string joined;
    bool found = false;
    for (const auto& [name, value] : headers) {
      if (!iequals(name, member.wire_name)) continue;
      if (found) joined += ',';
      joined += value;
      found = true;
    }
    if (!found) return {};
    auto value = from_header(member, joined);
    if (!value && is_ignored_when_unreadable(member)) return {};
    if (!value) return unreadable(std::move(value.error()), member.wire_name, joined);
    document.emplace(member.name, *std::move(value));
    return {};
  }
  json::object entries;
  for (const auto& [name, value] : headers) {
    if (name.size() < member.wire_name.size()) continue;
    if (!iequals(std::string_view(name).substr(0, member.wire_name.size()), member.wire_name)) continue;
    const std::string key = to_lower(std::string_view(name).substr(member.wire_name.size()));
    const json::value* before = entries.if_contains(key);
    entries.insert_or_assign(key, before ? std::string(before->get_string()) + "," + value : value);
  }
  if (!entries.empty()) document.emplace(member.name, std::move(entries));
  return {};
}

// All parameters, those that other members name as well.
Status read_query_map(const Shape& map, const QueryPairs& query, json::object& entries) {
  for (const auto& [name, text] : query) {
    if (map.element->kind == Kind::kList) {
      TRY_SYNC(auto value, scalar_from_text(*map.element->element, text));
      json::value& list = entries[name];
      if (!list.is_array()) list.emplace_array();
      list.get_array().push_back(std::move(value));
    } else if (!entries.contains(name)) {
      TRY_SYNC(auto value, scalar_from_text(*map.element, text));
      entries.emplace(name, std::move(value));
    }
  }
  return {};
}

Status read_query(const Member& member, const QueryPairs& query, json::object& document) {
  if (member.shape->kind == Kind::kMap) {
    json::object entries;
    TRY_SYNC_VOID(read_query_map(*member.shape, query, entries));
    if (!entries.empty()) document.emplace(member.name, std::move(entries));
    return {};
  }
  json::array items;
  for (const auto& [name, text] : query) {
    if (name != member.wire_name) continue;
    if (member.shape->kind != Kind::kList) {
      auto value = scalar_from_text(*member.shape, text);
      if (!value) return unreadable(std::move(value.error()), name, text);
      document.emplace(member.name, *std::move(value));
      return {};
    }
    TRY_SYNC(auto value, scalar_from_text(*member.shape->element, text));
    items.push_back(std::move(value));
  }
  if (!items.empty()) document.emplace(member.name, std::move(items));
  return {};
}

std::string header_list(const Member& member, const json::array& items) {
  const Shape& element = *member.shape->element;
  std::string text;
  for (const json::value& item : items) {
    if (!text.empty()) text += ", ";
    std::string one = scalar_to_text(element, item, time_format_of(nullptr, element, TimeFormat::kRfc822));
    if (element.kind != Kind::kString || one.find_first_of(",\"") == std::string::npos) {
      text += one;
      continue;
    }
    text += '"';
    for (const char c : one) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text;
}

// A header's value must not end its line.
std::string one_line(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return text;
}

void write_header(const Member& member, const json::value& value, io::Response& response) {
  const Shape& shape = *member.shape;
  std::string text;
  if (member.json_value) {
    text = base64_encode(value.is_string() ? std::string_view(value.get_string())
                                           : std::string_view(to_text(value)));
  } else if (shape.kind == Kind::kList) {
    if (!value.is_array() || value.get_array().empty()) return;
    text = header_list(member, value.get_array());
  } else {
    text = scalar_to_text(shape, value, time_format_of(&member, shape, TimeFormat::kRfc822));
  }
  if (!text.empty()) response.headers.add(std::string(member.wire_name), one_line(std::move(text)));
}

}  // namespace

Status read_bindings(const Shape& shape, const io::Request& request, const UriLabels& labels,
                     json::object& document) {
  std::optional<QueryPairs> query;
  for (const Member& member : shape.members) {
    switch (member.location) {
      case Location::kUri: {
        const auto label = labels.find(member.wire_name);
        if (label == labels.end()) break;
        TRY_SYNC(auto value, scalar_from_text(*member.shape, label->second));
        document.emplace(member.name, std::move(value));
        break;
      }
      case Location::kQuery:
        if (!query) query = parse_query(request.raw_query(), true);
        TRY_SYNC_VOID(read_query(member, *query, document));
        break;
      case Location::kHeader:
      case Location::kHeaders:
        TRY_SYNC_VOID(read_headers(member, request.headers, document));
        break;
      default:
        break;
    }
  }
  return {};
}

void write_bindings(const Shape& shape, const json::object& document, io::Response& response) {
  for (const Member& member : shape.members) {
    const json::value* value = document.if_contains(member.name);
    if (!value || value->is_null()) continue;
    if (member.location == Location::kStatus && value->is_int64()) {
      response.status = static_cast<int>(value->get_int64());
    } else if (member.location == Location::kHeader) {
      write_header(member, *value, response);
    } else if (member.location == Location::kHeaders && value->is_object()) {
      for (const auto& [name, text] : value->get_object()) {
        response.headers.add(one_line(std::string(member.wire_name) + std::string(name)),
                             one_line(scalar_to_text(*member.shape->element, text, TimeFormat::kRfc822)));
      }
    }
  }
}

bool has_body_members(const Shape& shape) {
  return std::ranges::any_of(shape.members,
                             [](const Member& member) { return member.location == Location::kBody; });
}

bool is_raw_payload(const Member& payload) {
  return payload.shape->kind == Kind::kBlob || payload.shape->kind == Kind::kString;
}

Result<Message> read_raw_payload(const Member& payload, EncodedRequest& request, Message message) {
  if (payload.shape->streaming) {
    message.stream = std::move(request.stream);
  } else if (request.body.empty()) {
    return message;
  } else if (payload.shape->kind == Kind::kBlob) {
    message.payload = std::move(request.body);
  } else {
    message.document.emplace(payload.name, request.body);
  }
  return message;
}

void write_raw_payload(const Member& payload, Message& output, io::Response& response) {
  std::string_view type = "application/octet-stream";
  if (payload.shape->streaming) {
    response.body = std::move(output.stream);
  } else if (output.payload) {
    response.body = *std::move(output.payload);
  } else if (json::value* value = output.document.if_contains(payload.name); value && value->is_string()) {
    response.body = std::string(value->get_string());
    if (payload.shape->kind == Kind::kString) type = "text/plain";
  } else {
    return;
  }
  if (!response.headers.has("Content-Type")) response.headers.add("Content-Type", std::string(type));
}

}  // namespace hearth::wire
