#include "execution/shared_calls.h"

#include "execution/api_answer.h"

namespace hearth::execution {

// It may go away with its connection.
class SharedCalls::Waiting {
 public:
  explicit Waiting(SharedCalls& calls) : calls_(calls) {
    const bool waits = calls_.events_.empty();
    calls_.ask([this](io::Response event) {
      place_.reset();
      event_.push(std::move(event));
    });
    if (waits) place_ = std::prev(calls_.waiting_.end());
  }
  Waiting(const Waiting&) = delete;
  ~Waiting() {
    if (place_) calls_.waiting_.erase(*place_);
  }
  Task<io::Response> wait() {
    auto event = co_await event_.pop();
    co_return *std::move(event);
  }

 private:
  SharedCalls& calls_;
  std::optional<std::list<Answer>::iterator> place_;
  io::Channel<io::Response> event_;
};

bool SharedCalls::deliver(const std::string& request_id, Take take, std::optional<ResponseStream> stream,
                          io::Channel<RuntimeEvent>& results) {
  if (!calls_.try_emplace(request_id, Call{&results, std::move(stream)}).second) return false;
  if (waiting_.empty()) {
    events_.push_back({request_id, std::move(take)});
    return true;
  }
  Answer answer = std::move(waiting_.back());
  waiting_.pop_back();
  answer(take());
  return true;
}

bool SharedCalls::withdraw(const std::string& request_id) {
  if (std::erase_if(events_, [&](const Event& event) { return event.request_id == request_id; }) == 0)
    return false;
  calls_.erase(request_id);
  return true;
}

void SharedCalls::end(const RuntimeEvent& how) {
  events_.clear();
  for (const auto& [request_id, call] : calls_) call.results->push(how);
  calls_.clear();
}

void SharedCalls::ask(Answer answer) {
  if (events_.empty()) {
    waiting_.push_back(std::move(answer));
    return;
  }
  Take take = std::move(events_.front().take);
  events_.pop_front();
  answer(take());
}

void SharedCalls::post(const std::string& request_id, RuntimeEvent result) {
  const auto call = calls_.find(request_id);
  if (call == calls_.end()) return;
  call->second.results->push(std::move(result));
  calls_.erase(call);
}

Task<io::Response> SharedCalls::next() {
  Waiting waiting(*this);
  co_return co_await waiting.wait();
}

std::optional<io::Response> SharedCalls::refuse(const std::string& request_id) {
  const auto call = calls_.find(request_id);
  if (call == calls_.end() || std::exchange(call->second.answered, true))
    return refusal(400, "InvalidRequestID", "Invalid request ID");
  return std::nullopt;
}

io::Response SharedCalls::finish(const std::string& request_id, PostedResult result) {
  if (!has(request_id)) return refusal(400, "InvalidRequestID", "Invalid request ID");
  post(request_id, std::move(result.event));
  return std::move(result.answer);
}

Task<io::Response> SharedCalls::response(std::string request_id, io::Request request) {
  if (auto refused = refuse_response_mode(request)) co_return *std::move(refused);
  if (auto refused = refuse(request_id)) co_return *std::move(refused);
  const auto& stream = calls_.at(request_id).stream;
  if (!streams(request) || !stream) {
    auto result = co_await take_response(std::move(request));
    co_return finish(request_id, std::move(result));
  }
  const auto wanted = [this, request_id] { return has(request_id); };
  auto result = co_await hand_on_response(std::move(request), *stream, wanted);
  if (!result) co_return refusal(400, "InvalidRequestID", "Invalid request ID");
  co_return finish(request_id, *std::move(result));
}

Task<io::Response> SharedCalls::error(std::string request_id, io::Request request) {
  if (auto refused = refuse(request_id)) co_return *std::move(refused);
  auto result = co_await take_error(std::move(request));
  co_return finish(request_id, std::move(result));
}

}  // namespace hearth::execution
