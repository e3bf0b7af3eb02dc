#include "services/s3/pending_answers.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kTokenDigits = 64;
constexpr size_t kBufferBytes = 256 * 1024;  // between a function and a caller that reads more slowly

}  // namespace

std::unique_ptr<PendingAnswers::Waiting> PendingAnswers::open(std::string access_point) {
  auto [writer, source] = io::make_pipe(kBufferBytes);
  auto waiting = std::make_unique<Waiting>(*this, random_.hex(kTokenDigits), std::move(source));
  Answerer answerer{.begun = waiting->begun.promise(), .bytes = std::move(writer), .whole = waiting->whole};
  const std::lock_guard lock(mutex_);
  entries_.emplace(waiting->token(),
                   Entry{.access_point = std::move(access_point), .answerer = std::move(answerer)});
  return waiting;
}

std::optional<std::string> PendingAnswers::access_point_of(const std::string& token) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token);
  if (found == entries_.end()) return std::nullopt;
  return found->second.access_point;
}

std::optional<PendingAnswers::Answerer> PendingAnswers::take(const std::string& token) {
  const std::lock_guard lock(mutex_);
  auto taken = entries_.extract(token);
  if (taken.empty()) return std::nullopt;
  return std::move(taken.mapped().answerer);
}

size_t PendingAnswers::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void PendingAnswers::forget(const std::string& token) {
  const std::lock_guard lock(mutex_);
  entries_.erase(token);
}

}  // namespace hearth::services::s3
