#include "services/s3/versions.h"

#include <charconv>

#include "services/s3/errors.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kSequenceDigits = 16, kVersionChanceDigits = 16;
constexpr int kHex = 16;
constexpr size_t kVersionsAtOnce = 100;

// Newest first.
store::Key row_of(const Place& place, int64_t sequence) {
  return place.in_table() + store::Key(-sequence);
}

// The sequence that is part of a version's id.
std::optional<int64_t> sequence_of(std::string_view version) {
  if (version.size() != kSequenceDigits + kVersionChanceDigits) return std::nullopt;
  const std::string_view digits = version.substr(0, kSequenceDigits);
  int64_t sequence = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence, kHex);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return sequence;
}

std::string hex_number(int64_t value) {
  std::string text(kSequenceDigits, '0');
  for (size_t i = kSequenceDigits; i-- > 0 && value != 0; value >>= 4)
    text[i] = "0123456789abcdef"[value & 0xf];
  return text;
}

}  // namespace

Async<std::optional<ObjectRecord>> Versions::current(const Place& place) {
  co_return co_await tables_.objects.get(place.in_table());
}

Async<std::optional<ObjectRecord>> Versions::newest_kept(const Place& place) {
  if (!place.bucket.versioned()) co_return std::optional<ObjectRecord>();
  TRY(auto page, co_await tables_.versions.list({.under = place.in_table(), .rows_max = 1}));
  if (page.entries.empty()) co_return std::optional<ObjectRecord>();
  co_return std::optional(std::move(page.entries.front().record));
}

Async<std::optional<ObjectRecord>> Versions::newest(const Place& place) {
  TRY(auto object, co_await current(place));
  if (object) co_return std::move(object);
  co_return co_await newest_kept(place);
}

// Among the older versions.
Async<std::optional<ObjectRecord>> Versions::null_kept(const Place& place) {
  if (!place.bucket.versioned()) co_return std::optional<ObjectRecord>();
  for (std::string after;;) {
    TRY(auto page, co_await tables_.versions.list(
                       {.under = place.in_table(), .after = after, .rows_max = kVersionsAtOnce}));
    for (auto& entry : page.entries) {
      if (entry.record.version == kNullVersion) co_return std::optional(std::move(entry.record));
    }
    if (page.next.empty()) co_return std::optional<ObjectRecord>();
    after = std::move(page.next);
  }
}

Async<std::optional<ObjectRecord>> Versions::find(const Place& place, std::string version) {
  TRY(auto object, co_await current(place));
  if (object && object->version == version) co_return std::move(object);
  if (version == kNullVersion) co_return co_await null_kept(place);
  const auto sequence = sequence_of(version);
  if (!sequence) co_return std::optional<ObjectRecord>();
  TRY(auto kept, co_await tables_.versions.get(row_of(place, *sequence)));
  if (kept && kept->version != version) kept.reset();
  co_return std::move(kept);
}

// By the clock, but never behind what is there.
Async<int64_t> Versions::next_sequence(const Place& place, const std::optional<ObjectRecord>& current) {
  int64_t last = current ? current->sequence : 0;
  if (!current) {
    TRY(const auto kept, co_await newest_kept(place));
    if (kept) last = kept->sequence;
  }
  co_return std::max<int64_t>(clock_.now().time_since_epoch().count(), last + 1);
}

std::string Versions::new_version(int64_t sequence) {
  return hex_number(sequence) + random_.hex(kVersionChanceDigits);
}

Async<void> Versions::drop(ObjectRecord version, Bypass bypass) {
  if (is_locked(version.head.lock, clock_.now(), bypass)) co_return errors::locked();
  if (version.marker) co_return {};
  co_return co_await bodies_.drop(tables_.tx, std::move(version.body));
}

Async<void> Versions::drop_kept(const Place& place, ObjectRecord version, Bypass bypass) {
  TRY_VOID(co_await drop(version, bypass));
  tables_.versions.erase(row_of(place, version.sequence));
  co_return {};
}

Async<void> Versions::set_aside(const Place& place, std::optional<ObjectRecord> current) {
  const bool keeps = place.bucket.versioning == Versioning::kEnabled;
  if (!keeps) {
    // One null version at a time, wherever it is.
    TRY(auto null, co_await null_kept(place));
    if (null) TRY_VOID(co_await drop_kept(place, *std::move(null)));
  }
  if (!current) co_return {};
  if (!keeps && current->version == kNullVersion) co_return co_await drop(*std::move(current));
  tables_.versions.put(row_of(place, current->sequence), *current);
  co_return {};
}

Async<ObjectRecord> Versions::put(const Place& place, ObjectRecord object) {
  TRY(auto before, co_await current(place));
  TRY(object.sequence, co_await next_sequence(place, before));
  object.head.lock = usual_lock(place.bucket, object.head.lock, clock_.now());
  const bool enabled = place.bucket.versioning == Versioning::kEnabled;
  object.version = enabled ? new_version(object.sequence) : std::string(kNullVersion);
  TRY_VOID(co_await set_aside(place, std::move(before)));
  tables_.objects.put(place.in_table(), object);
  co_return std::move(object);
}

void Versions::replace(const Place& place, const ObjectRecord& version, bool is_current) {
  if (is_current) {
    tables_.objects.put(place.in_table(), version);
  } else {
    tables_.versions.put(row_of(place, version.sequence), version);
  }
}

Async<Versions::Deleted> Versions::remove(const Place& place) {
  TRY(auto before, co_await current(place));
  if (!place.bucket.versioned()) {
    if (!before) co_return Deleted{};
    TRY_VOID(co_await drop(*before));
    tables_.objects.erase(place.in_table());
    co_return Deleted{.removed = true, .sequence = before->sequence + 1};
  }
  ObjectRecord marker{.marker = true, .modified = clock_.now()};
  TRY(marker.sequence, co_await next_sequence(place, before));
  const bool enabled = place.bucket.versioning == Versioning::kEnabled;
  marker.version = enabled ? new_version(marker.sequence) : std::string(kNullVersion);
  TRY_VOID(co_await set_aside(place, before));
  if (before) tables_.objects.erase(place.in_table());
  tables_.versions.put(row_of(place, marker.sequence), marker);
  co_return Deleted{.removed = true, .version = marker.version, .marker = true, .sequence = marker.sequence};
}

Async<Versions::Deleted> Versions::remove(const Place& place, std::string version, Bypass bypass) {
  TRY(auto before, co_await current(place));
  if (before && before->version == version) {
    TRY_VOID(co_await drop(*before, bypass));
    tables_.objects.erase(place.in_table());
  } else {
    TRY(auto kept, co_await find(place, version));
    if (!kept) co_return Deleted{.version = std::move(version)};
    const bool marker = kept->marker;
    const int64_t sequence = kept->sequence;
    TRY_VOID(co_await drop_kept(place, *std::move(kept), bypass));
    if (before) {
      co_return Deleted{
          .removed = true, .version = std::move(version), .marker = marker, .sequence = sequence + 1};
    }
    before = ObjectRecord{.sequence = sequence, .marker = marker};
  }
  // What is newest now comes forward, unless it is a marker.
  TRY(auto next, co_await newest_kept(place));
  if (next && !next->marker) {
    tables_.versions.erase(row_of(place, next->sequence));
    tables_.objects.put(place.in_table(), *next);
  }
  co_return Deleted{.removed = true,
                    .version = std::move(version),
                    .marker = before->marker,
                    .sequence = before->sequence + 1};
}

}  // namespace hearth::services::s3
