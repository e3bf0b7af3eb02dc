#include "services/s3/body_cipher.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace hearth::services::s3 {
namespace {

template <size_t kSize>
using Bytes = std::array<char, kSize>;

template <size_t kSize>
Bytes<kSize> big_endian(uint64_t number) {
  Bytes<kSize> bytes{};
  for (size_t i = kSize; i-- > 0 && number != 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

template <size_t kSize>
std::string_view view(const Bytes<kSize>& bytes) {
  return {bytes.data(), bytes.size()};
}

void begin_gcm(Aes256Gcm& gcm, uint64_t number) {
  gcm.begin(view(big_endian<Aes256Gcm::kNonceBytes>(number)));
}

// The counter's lower half counts within a block.
void begin_outer(Aes256Ctr& outer, uint64_t number) {
  Bytes<Aes256Ctr::kCounterBytes> counter{};
  std::ranges::copy(big_endian<sizeof number>(number), counter.begin());
  outer.begin(view(counter));
}

std::string_view inner_key(std::string_view key) {
  CHECK(key.size() == kBodyKeyBytes || key.size() == kDualBodyKeyBytes);
  return key.substr(0, kBodyKeyBytes);
}

std::optional<Aes256Ctr> outer_of(std::string_view key) {
  if (key.size() == kBodyKeyBytes) return std::nullopt;
  return Aes256Ctr(key.substr(kBodyKeyBytes));
}

}  // namespace

BodySealer::BodySealer(std::string_view key)
    : gcm_(inner_key(key), Aes256Gcm::Direction::kSeal), outer_(outer_of(key)) {}

char* BodySealer::end_block(char* out) {
  gcm_.finish(out);
  ++number_;
  in_block_ = 0;
  return out + kTagBytes;
}

std::string_view BodySealer::seal(std::string_view bytes) {
  const size_t room = bytes.size() + (bytes.size() / kBlockBytes + 2) * kTagBytes;
  if (out_.size() < room) out_.resize(room);
  char* out = out_.data();
  if (bytes.empty() && in_block_ > 0) out = end_block(out);
  while (!bytes.empty()) {
    if (in_block_ == 0) {
      begin_gcm(gcm_, number_);
      if (outer_) begin_outer(*outer_, number_);
    }
    const std::string_view part = bytes.substr(0, kBlockBytes - in_block_);
    gcm_.update(part, out);
    if (outer_) outer_->update({out, part.size()}, out);
    out += part.size();
    in_block_ += part.size();
    bytes.remove_prefix(part.size());
    if (in_block_ == kBlockBytes) out = end_block(out);
  }
  return {out_.data(), out};
}

BodyOpener::BodyOpener(std::string_view key)
    : gcm_(inner_key(key), Aes256Gcm::Direction::kOpen), outer_(outer_of(key)) {}

bool BodyOpener::open(uint64_t number, std::span<char> block, std::string_view tag) {
  const std::string_view bytes(block.data(), block.size());
  if (outer_) {
    begin_outer(*outer_, number);
    outer_->update(bytes, block.data());
  }
  begin_gcm(gcm_, number);
  gcm_.update(bytes, block.data());
  return gcm_.opens(tag);
}

std::optional<std::string> open_small(std::string_view key, std::string sealed) {
  if (sealed.empty()) return sealed;
  if (sealed.size() <= kTagBytes || sealed.size() > kBlockBytes + kTagBytes) return std::nullopt;
  const std::string tag = sealed.substr(sealed.size() - kTagBytes);
  sealed.resize(sealed.size() - kTagBytes);
  if (!BodyOpener(key).open(0, sealed, tag)) return std::nullopt;
  return sealed;
}

}  // namespace hearth::services::s3
