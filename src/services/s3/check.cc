#include "services/s3/check.h"

#include "store/walk.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kReferencesAtOnce = 1000;

// The body that owns a blob; nothing for blobs that belong to something else than an object.
std::optional<std::string> body_of(const std::string& owner) {
  const auto parts = store::parse_key<std::string, std::string>(owner);
  if (!parts || std::get<0>(*parts) != "s3-body") return std::nullopt;
  return std::get<1>(*parts);
}

}  // namespace

Async<void> Check::check_bodies() {
  for (Inspection::Position position; !position.ended();) {
    TRY(const Inspection::Page page, co_await inspection_.next(position));
    lists_.insert(page.lists.begin(), page.lists.end());
    for (const KeptBody& kept : page.bodies) {
      ++result_.bodies;
      result_.size_bytes += kept.body.size_bytes;
      bodies_.insert(kept.body.id);
      if (kept.body.place == BodyRef::Place::kBlob) owned_.emplace(kept.body.blob, kept.body.id);
      TRY(auto damage, co_await inspection_.damage_of(kept));
      if (damage) result_.damaged.push_back(*std::move(damage));
    }
  }
  co_return {};
}

Async<void> Check::check_rows(std::string table, const std::set<std::string>& known, std::string what) {
  store::Walk walk(store_, store::Key(table).under());
  for (;;) {
    TRY(const auto rows, co_await walk.next());
    if (rows.empty()) co_return {};
    for (const store::Row& row : rows) {
      TRY(const auto key, store::parse_key<std::string, std::string>(row.key));
      if (known.contains(std::get<1>(key))) continue;
      result_.leftovers.push_back(what + " " + std::get<1>(key));
      leftovers_.push_back({.row = row.key});
    }
  }
}

Async<void> Check::check_references() {
  for (std::string after;;) {
    auto body = [&](store::Transaction& tx) -> Async<std::vector<store::BlobReference>> {
      co_return co_await blobs_.references(tx, after, kReferencesAtOnce);
    };
    TRY(const auto references, co_await store_.read(body));
    if (references.empty()) break;
    after = references.back().row;
    for (const store::BlobReference& reference : references) {
      referenced_.insert(reference.id);
      const auto id = body_of(reference.owner);
      if (!id || owned_.erase({reference.id, *id}) > 0) continue;
      result_.leftovers.push_back("the reference of body " + *id + " to file " + reference.id);
      leftovers_.push_back({.blob = reference.id, .owner = reference.owner});
    }
  }
  // Such a file would be swept away although it is needed.
  for (const auto& [blob, id] : owned_) {
    result_.damaged.push_back("body " + id + " has no reference to its file " + blob);
  }
  co_return {};
}

Async<void> Check::check_files() {
  TRY(const std::vector<std::string> files, co_await blobs_.files());
  std::set<std::string> missing = referenced_;
  for (const std::string& file : files) {
    if (missing.erase(file) == 0) result_.leftovers.push_back("the file " + file);
  }
  for (const std::string& file : missing) result_.damaged.push_back("the file " + file + " is missing");
  co_return {};
}

Async<CheckResult> Check::run() {
  TRY_VOID(co_await check_bodies());
  TRY_VOID(co_await check_rows("s3-body", bodies_, "the row of body"));
  TRY_VOID(co_await check_rows("s3-parts", lists_, "the list of parts of body"));
  TRY_VOID(co_await check_references());
  TRY_VOID(co_await check_files());
  co_return result_;
}

Async<void> Check::repair() {
  for (size_t begin = 0; begin < leftovers_.size(); begin += kReferencesAtOnce) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      const size_t end = std::min(begin + kReferencesAtOnce, leftovers_.size());
      for (size_t i = begin; i < end; ++i) {
        const Leftover& leftover = leftovers_[i];
        if (leftover.blob.empty()) {
          tx.erase(leftover.row);
        } else {
          blobs_.unreference(tx, leftover.blob, store::Key::from_bytes(leftover.owner));
        }
      }
      co_return {};
    };
    TRY_VOID(co_await store_.transact(body));
  }
  TRY_VOID(co_await blobs_.sweep(true));
  co_return {};
}

}  // namespace hearth::services::s3
