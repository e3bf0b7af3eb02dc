#include "wire/uri_template.h"

#include "base/encoding.h"

namespace hearth::wire {

namespace {

constexpr size_t kQueryPairsMax = 10'000;

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string copy(text);
  if (plus_is_blank) std::ranges::replace(copy, '+', ' ');
  return percent_decode(copy).value_or(copy);
}

bool is_query_member(const OperationInfo& operation, std::string_view name) {
  return operation.input && std::ranges::any_of(operation.input->members, [name](const Member& member) {
           return member.location == Location::kQuery && member.wire_name == name;
         });
}

bool is_arn(std::string_view text) {
  return text.starts_with("arn:");
}

}  // namespace

QueryPairs parse_query(std::string_view text, bool plus_is_blank) {
  QueryPairs pairs;
  while (!text.empty() && pairs.size() < kQueryPairsMax) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    pairs.emplace_back(decode(part.substr(0, equals), plus_is_blank), decode(value, plus_is_blank));
  }
  return pairs;
}

UriTemplates::UriTemplates(const ServiceInfo& service, bool strict_slashes)
    : strict_slashes_(strict_slashes) {
  for (const OperationInfo* operation : service.operations) {
    Template made{.operation = operation, .segments = {}, .query = {}};
    const std::string_view uri = operation->uri;
    const size_t mark = uri.find('?');
    if (mark != std::string_view::npos) made.query = parse_query(uri.substr(mark + 1), false);
    for (const std::string_view part : split(uri.substr(0, mark))) {
      Segment segment{.text = std::string(part)};
      if (part.size() > 2 && part.front() == '{' && part.back() == '}') {
        segment.label = true;
        segment.greedy = part[part.size() - 2] == '+';
        segment.text = part.substr(1, part.size() - (segment.greedy ? 3 : 2));
      } else {
        ++made.literals;
      }
      made.segments.push_back(std::move(segment));
    }
    templates_.push_back(std::move(made));
  }
  std::ranges::sort(templates_, std::greater(), [](const Template& made) {
    const OperationInfo& operation = *made.operation;
    return std::tuple(made.query.size(), !operation.needs_header.empty(), made.literals, operation.served,
                      operation.name);
  });
}

std::vector<std::string_view> UriTemplates::split(std::string_view path) const {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  // Behind the first segment a slash begins a key, which is never empty.
  const bool drops_slash = !strict_slashes_ || path.find('/') == path.size() - 1;
  if (drops_slash && path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) parts.emplace_back();
  }
  return parts;
}

bool UriTemplates::fits(const Template& candidate, const std::vector<std::string_view>& path,
                        UriLabels& labels) {
  labels.clear();
  size_t at = 0;
  for (size_t index = 0; index < candidate.segments.size(); ++index) {
    const Segment& segment = candidate.segments[index];
    if (at >= path.size()) return false;
    if (!segment.label) {
      if (segment.text != path[at++]) return false;
      continue;
    }
    const size_t after = candidate.segments.size() - index - 1;
    size_t taken = 1;
    // Some clients leave the slashes of an ARN in a last label as they are.
    const bool swallows = segment.greedy || (after == 0 && is_arn(decode(path[at], false)));
    if (swallows && path.size() >= at + after + 1) taken = path.size() - at - after;
    std::string value;
    for (size_t part = 0; part < taken; ++part) {
      if (part > 0) value += '/';
      value += decode(path[at++], false);
    }
    if (value.empty()) return false;
    labels.emplace(segment.text, std::move(value));
  }
  return at == path.size();
}

const OperationInfo* UriTemplates::match(const io::Request& request, std::string_view raw_path,
                                         UriLabels& labels) const {
  const std::vector<std::string_view> path = split(raw_path), own = split(request.raw_path());
  const QueryPairs query = parse_query(request.raw_query(), false);
  const auto given = [&query](const QueryPairs::value_type& wanted) {
    return std::ranges::any_of(query, [&wanted](const auto& pair) {
      return pair.first == wanted.first && (wanted.second.empty() || pair.second == wanted.second);
    });
  };
  const auto is_keyed = [](const Template& made) {
    return !made.segments.empty() && made.segments.back().greedy;
  };
  // A mark in the query ("acl", "tagging") names a part of a resource; who asks for a part never gets the
  // whole.
  const auto has_mark = [](const Template& made, std::string_view name) {
    return std::ranges::any_of(made.query, [&](const auto& pair) {
      return pair.first == name && pair.second.empty() && !is_query_member(*made.operation, name);
    });
  };
  const auto asks_for_part = [&](const Template& candidate) {
    if (!strict_slashes_ || query.empty()) return false;
    const auto is_mark = [&](const QueryPairs::value_type& given) {
      return std::ranges::any_of(templates_, [&](const Template& made) {
        return is_keyed(made) == is_keyed(candidate) && has_mark(made, given.first);
      });
    };
    const auto is_own = [&](const QueryPairs::value_type& given) { return has_mark(candidate, given.first); };
    return std::ranges::none_of(query, is_own) && std::ranges::any_of(query, is_mark);
  };
  for (const Template& candidate : templates_) {
    const OperationInfo& operation = *candidate.operation;
    if (operation.method != request.method || !std::ranges::all_of(candidate.query, given)) continue;
    if (!operation.needs_header.empty() && !request.headers.has(operation.needs_header)) continue;
    if (!fits(candidate, operation.own_host ? own : path, labels)) continue;
    if (asks_for_part(candidate)) break;
    return candidate.operation;
  }
  labels.clear();
  return nullptr;
}

}  // namespace hearth::wire
