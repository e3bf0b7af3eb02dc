// Documents as XML elements, for the query protocols' answers and REST-XML.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/shape.h"

namespace hearth::wire {

// Appends text; elements are closed by whoever opened them.
class XmlWriter {
 public:
  // `whole_seconds`: how times are written that the model says nothing of, "2026-01-31T12:34:56.000Z".
  explicit XmlWriter(bool whole_seconds = false) : whole_seconds_(whole_seconds) {}

  bool whole_seconds() const { return whole_seconds_; }
  void declaration() { text_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"; }
  void open(std::string_view name, std::string_view xmlns = {}, std::string_view prefix = {});
  void attribute(std::string_view name, std::string_view value);  // right after open()
  void close(std::string_view name);
  void content(std::string_view text);
  void element(std::string_view name, std::string_view text);
  std::string take() { return std::move(text_); }

 private:
  bool whole_seconds_;
  std::string text_;
};

// The members of `document` that belong into the body, each as its element (or attributes of the element that
// was just opened). Location aware, as json_from_members().
void write_xml_members(const Shape& shape, const json::object& document, XmlWriter& writer);
// One value as the element `name`.
void write_xml_element(std::string_view name, const Member* member, const Shape& shape,
                       const json::value& value, XmlWriter& writer);

}  // namespace hearth::wire
