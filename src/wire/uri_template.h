// Matching of request paths against the URI templates of a REST service: literal segments, labels
// `{FunctionName}`, a greedy label `{Key+}`, and query parameters that must be present (`?tagging`,
// `?list-type=2`).
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/http_message.h"
#include "wire/operation.h"

namespace hearth::wire {

using UriLabels = std::map<std::string, std::string, std::less<>>;
// Decoded name and value of each parameter in the order of the query; '+' stands for a blank where
// `plus_is_blank` (forms), for itself otherwise.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;
QueryPairs parse_query(std::string_view text, bool plus_is_blank);

class UriTemplates {
 public:
  // `strict_slashes`: a trailing slash is part of the path (S3); elsewhere both spellings mean the same.
  explicit UriTemplates(const ServiceInfo& service, bool strict_slashes);

  // The most specific template of the request's method that matches its query, headers and `raw_path`, which
  // the caller may have completed by what stands before the host's name; labels are decoded. Null when there
  // is none.
  const OperationInfo* match(const io::Request& request, std::string_view raw_path, UriLabels& labels) const;

 private:
  struct Segment {
    std::string text;  // literal, or the label's name
    bool label = false;
    bool greedy = false;
  };
  struct Template {
    const OperationInfo* operation;
    std::vector<Segment> segments;
    QueryPairs query;  // what must be there; an empty value takes any
    int literals = 0;
  };

  std::vector<std::string_view> split(std::string_view path) const;
  static bool fits(const Template& candidate, const std::vector<std::string_view>& path, UriLabels& labels);

  bool strict_slashes_;
  std::vector<Template> templates_;  // most specific first
};

}  // namespace hearth::wire
