#include "execution/shared_calls.h"

#include "execution/api_answer.h"

namespace hearth::execution {
namespace {

io::Response unknown() {
  return refusal(400, "InvalidRequestID", "Invalid request ID");
}

}  // namespace

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

void SharedCalls::deliver(Delivery delivery) {
  calls_.try_emplace(delivery.id, Call{.request_id = std::move(delivery.request_id),
                                       .stream = std::move(delivery.stream),
                                       .results = &delivery.results,
                                       .number = ++last_number_});
  if (waiting_.empty()) {
    events_.push_back({std::move(delivery.id), std::move(delivery.take)});
    return;
  }
  Answer answer = std::move(waiting_.back());
  waiting_.pop_back();
  answer(delivery.take());
}

bool SharedCalls::give_up(const std::string& id) {
  const auto call = calls_.find(id);
  if (call == calls_.end()) return false;
  if (std::erase_if(events_, [&](const Event& event) { return event.id == id; }) == 0) {
    call->second.late = true;
    return false;
  }
  calls_.erase(call);
  return true;
}

void SharedCalls::end(const RuntimeEvent& how) {
  events_.clear();
  for (const auto& [id, call] : calls_) call.results->push(how);
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

void SharedCalls::post(const std::string& id, RuntimeEvent result) {
  const auto call = calls_.find(id);
  if (call == calls_.end()) return;
  call->second.results->push(std::move(result));
  calls_.erase(call);
}

Task<io::Response> SharedCalls::next() {
  Waiting waiting(*this);
  co_return co_await waiting.wait();
}

SharedCalls::Calls::iterator SharedCalls::find(const std::string& request_id, std::string_view id) {
  if (!id.empty()) {
    const auto call = calls_.find(id);
    return call != calls_.end() && call->second.request_id == request_id ? call : calls_.end();
  }
  auto last = calls_.end();
  for (auto call = calls_.begin(); call != calls_.end(); ++call) {
    if (call->second.request_id != request_id) continue;
    if (last == calls_.end() || call->second.number > last->second.number) last = call;
  }
  return last;
}

std::expected<std::string, io::Response> SharedCalls::accept(const std::string& request_id,
                                                             const io::Request& request) {
  const auto call = find(request_id, request.headers.get(kId));
  if (call == calls_.end() || std::exchange(call->second.answered, true)) return std::unexpected(unknown());
  return call->first;
}

io::Response SharedCalls::finish(const std::string& id, PostedResult result) {
  const auto call = calls_.find(id);
  if (call == calls_.end()) return unknown();
  const bool late = call->second.late;
  post(id, std::move(result.event));
  return late ? refusal(410, "InvokeTimeout", "Invoke timeout") : std::move(result.answer);
}

Task<io::Response> SharedCalls::response(std::string request_id, io::Request request) {
  if (auto refused = refuse_response_mode(request)) co_return *std::move(refused);
  auto id = accept(request_id, request);
  if (!id) co_return std::move(id).error();
  const auto& stream = calls_.find(*id)->second.stream;
  if (!streams(request) || !stream) {
    auto result = co_await take_response(std::move(request));
    co_return finish(*id, std::move(result));
  }
  const auto wanted = [this, &id] { return calls_.contains(*id); };
  auto result = co_await hand_on_response(std::move(request), *stream, wanted);
  if (!result) co_return unknown();
  co_return finish(*id, *std::move(result));
}

Task<io::Response> SharedCalls::error(std::string request_id, io::Request request) {
  auto id = accept(request_id, request);
  if (!id) co_return std::move(id).error();
  auto result = co_await take_error(std::move(request));
  co_return finish(*id, std::move(result));
}

}  // namespace hearth::execution
