#include "services/kinesis/tokens.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::kinesis {
namespace {

using store::Key;

constexpr size_t kMacBytes = 16;
constexpr const char* kIterator = "i";
constexpr const char* kPage = "p";

Key start_of(const char* kind, const StreamRef& stream, uint64_t id) {
  return Key(kind, stream.account, stream.region, stream.name, id);
}

}  // namespace

Tokens::Tokens(std::string_view server_key) : key_(hmac_sha256(server_key, "kinesis tokens")) {}

std::string Tokens::seal(const Key& key) const {
  return base64_encode(hmac_sha256(key_, key.bytes()).substr(0, kMacBytes) + key.bytes());
}

std::optional<std::string> Tokens::open(std::string_view text) const {
  auto bytes = base64_decode(text);
  if (!bytes || bytes->size() <= kMacBytes) return std::nullopt;
  std::string key = bytes->substr(kMacBytes);
  if (!constant_time_equal(hmac_sha256(key_, key).substr(0, kMacBytes), bytes->substr(0, kMacBytes))) {
    return std::nullopt;
  }
  return key;
}

std::string Tokens::seal(const Iterator& iterator) const {
  return seal(start_of(kIterator, iterator.stream, iterator.id) +
              Key(iterator.shard, iterator.from, iterator.made_ms));
}

std::string Tokens::seal(const ShardPage& page) const {
  return seal(start_of(kPage, page.stream, page.id) + Key(page.next, page.made_ms, page.filter));
}

std::optional<Iterator> Tokens::open_iterator(std::string_view text) const {
  const auto key = open(text);
  if (!key) return std::nullopt;
  auto parts = store::parse_key<std::string, std::string, std::string, std::string, uint64_t, uint64_t,
                                store::Stamp, int64_t>(*key);
  if (!parts || std::get<0>(*parts) != kIterator) return std::nullopt;
  auto& [kind, account, region, name, id, shard, from, made_ms] = *parts;
  return Iterator{{std::move(account), std::move(region), std::move(name)}, id, shard, from, made_ms};
}

std::optional<ShardPage> Tokens::open_page(std::string_view text) const {
  const auto key = open(text);
  if (!key) return std::nullopt;
  auto parts = store::parse_key<std::string, std::string, std::string, std::string, uint64_t, uint64_t,
                                int64_t, std::string>(*key);
  if (!parts || std::get<0>(*parts) != kPage) return std::nullopt;
  auto& [kind, account, region, name, id, next, made_ms, filter] = *parts;
  return ShardPage{
      {std::move(account), std::move(region), std::move(name)}, id, next, made_ms, std::move(filter)};
}

std::optional<StreamRef> Tokens::stream_of(std::string_view text) const {
  if (auto iterator = open_iterator(text)) return std::move(iterator->stream);
  if (auto page = open_page(text)) return std::move(page->stream);
  return std::nullopt;
}

}  // namespace hearth::services::kinesis
