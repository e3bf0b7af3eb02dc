#include "wire/xml_writer.h"

#include "wire/document.h"
#include "wire/scalar_text.h"

namespace hearth::wire {

namespace {

// Without leading zeros.
std::string hex_digits(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr unsigned kBits = 4;
  std::string text(1, kDigits[byte & 0xF]);
  return byte >> kBits ? kDigits[byte >> kBits] + text : text;
}

void escape(std::string_view text, bool attribute, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += attribute ? "&quot;" : "\"";
        break;
      // Line ends would be normalised away by readers.
      case '\r':
        out += "&#xD;";
        break;
      case '\n':
        out += attribute ? "&#xA;" : "\n";
        break;
      default:
        // XML 1.0 has no other control characters; S3 writes them like this, and a key would be another
        // without.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') {
          out += c;
        } else {
          out += "&#x" + hex_digits(static_cast<unsigned char>(c)) + ";";
        }
    }
  }
}

std::string_view item_name(const Shape& shape) {
  return shape.element_name.empty() ? "member" : shape.element_name;
}

void write_items(std::string_view name, const Shape& shape, const json::value& value, XmlWriter& writer) {
  if (!value.is_array()) return;
  for (const json::value& item : value.get_array())
    write_xml_element(name, nullptr, *shape.element, item, writer);
}

void write_entries(std::string_view entry, const Shape& shape, const json::value& value, XmlWriter& writer) {
  if (!value.is_object()) return;
  const std::string_view key_name = shape.key_name.empty() ? "key" : shape.key_name;
  const std::string_view value_name = shape.element_name.empty() ? "value" : shape.element_name;
  for (const auto& [key, item] : value.get_object()) {
    writer.open(entry);
    writer.element(key_name, key);
    write_xml_element(value_name, nullptr, *shape.element, item, writer);
    writer.close(entry);
  }
}

std::string scalar_text(const Member* member, const Shape& shape, const json::value& value,
                        const XmlWriter& writer) {
  const TimeFormat format = time_format_of(member, shape, TimeFormat::kDefault);
  const bool whole =
      shape.kind == Kind::kTimestamp && format == TimeFormat::kDefault && writer.whole_seconds();
  const auto time = whole ? document_time(value) : std::nullopt;
  if (time) return iso8601_ms(std::chrono::floor<std::chrono::seconds>(*time));
  return scalar_to_text(shape, value, time_format_of(member, shape, TimeFormat::kIso8601));
}

void write_flattened(const Member& member, const json::value& value, XmlWriter& writer) {
  if (member.shape->kind == Kind::kMap)
    return write_entries(flattened_name(member), *member.shape, value, writer);
  write_items(flattened_name(member), *member.shape, value, writer);
}

}  // namespace

void XmlWriter::open(std::string_view name, std::string_view xmlns, std::string_view prefix) {
  text_.append("<").append(name);
  if (!xmlns.empty()) {
    text_ += " xmlns";
    if (!prefix.empty()) text_.append(":").append(prefix);
    text_ += "=\"";
    escape(xmlns, true, text_);
    text_ += '"';
  }
  text_ += '>';
}

void XmlWriter::attribute(std::string_view name, std::string_view value) {
  text_.pop_back();
  text_.append(" ").append(name).append("=\"");
  escape(value, true, text_);
  text_ += "\">";
}

void XmlWriter::close(std::string_view name) {
  text_.append("</").append(name).append(">");
}
void XmlWriter::content(std::string_view text) {
  escape(text, false, text_);
}

void XmlWriter::element(std::string_view name, std::string_view text) {
  open(name);
  content(text);
  close(name);
}

void write_xml_members(const Shape& shape, const json::object& document, XmlWriter& writer) {
  for (const Member& member : shape.members) {
    if (!member.xml_attribute) continue;
    if (const json::value* value = document.if_contains(member.name)) {
      writer.attribute(member.wire_name, scalar_to_text(*member.shape, *value, TimeFormat::kIso8601));
    }
  }
  for (const Member& member : shape.members) {
    const json::value* value = document.if_contains(member.name);
    if (!value || value->is_null() || member.xml_attribute || member.location != Location::kBody) continue;
    if (member.flattened) {
      write_flattened(member, *value, writer);
    } else {
      write_xml_element(member.wire_name, &member, *member.shape, *value, writer);
    }
  }
}

void write_xml_element(std::string_view name, const Member* member, const Shape& shape,
                       const json::value& value, XmlWriter& writer) {
  const bool own = member && !member->xml_namespace.empty();
  writer.open(name, own ? member->xml_namespace : shape.xml_namespace,
              own ? member->xml_prefix : shape.xml_prefix);
  switch (shape.kind) {
    case Kind::kStructure:
      if (value.is_object()) write_xml_members(shape, value.get_object(), writer);
      break;
    case Kind::kList:
      write_items(item_name(shape), shape, value, writer);
      break;
    case Kind::kMap:
      write_entries("entry", shape, value, writer);
      break;
    default:
      if (!value.is_null()) {
        writer.content(scalar_text(member, shape, value, writer));
      }
  }
  writer.close(name);
}

}  // namespace hearth::wire
