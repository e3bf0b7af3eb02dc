#include "io/pipe.h"

#include <mutex>
#include <optional>

#include "io/future.h"

namespace hearth::io {

struct PipeWriter::State {
  using Waiter = std::optional<Promise<bool>>;

  explicit State(size_t limit) : bytes_max(limit) {}

  // Under the mutex: what is to be woken once the mutex is free.
  static Waiter take(Waiter& waiter) { return std::exchange(waiter, std::nullopt); }
  static void wake(const Waiter& waiter) {
    if (waiter) waiter->set(true);
  }

  const size_t bytes_max;
  std::mutex mutex;
  std::string bytes;
  bool closed = false;
  bool reader_gone = false;
  Waiter reader;  // waits for bytes
  Waiter writer;  // waits for room
};

class PipeReader final : public BodySource {
 public:
  explicit PipeReader(std::shared_ptr<PipeWriter::State> state) : state_(std::move(state)) {}
  PipeReader(const PipeReader&) = delete;
  ~PipeReader() override {
    PipeWriter::State::Waiter writer;
    {
      const std::lock_guard lock(state_->mutex);
      state_->reader_gone = true;
      state_->bytes.clear();
      writer = PipeWriter::State::take(state_->writer);
    }
    PipeWriter::State::wake(writer);
  }

  Async<std::string> read() override {
    for (;;) {
      Future<bool> changed;
      PipeWriter::State::Waiter writer;
      std::string piece;
      bool ended = false;
      {
        const std::lock_guard lock(state_->mutex);
        piece = std::exchange(state_->bytes, {});
        ended = state_->closed;
        if (!piece.empty()) {
          writer = PipeWriter::State::take(state_->writer);
        } else if (!ended) {
          state_->reader = changed.promise();
        }
      }
      PipeWriter::State::wake(writer);
      if (!piece.empty() || ended) co_return piece;
      co_await changed;
    }
  }

 private:
  std::shared_ptr<PipeWriter::State> state_;  // shared with the writer, see there
};

Task<bool> PipeWriter::write(std::string piece) const {
  const auto state = state_;
  State::Waiter reader;
  {
    const std::lock_guard lock(state->mutex);
    if (state->closed || state->reader_gone) co_return false;
    if (state->bytes.empty()) {
      state->bytes = std::move(piece);
    } else {
      state->bytes += piece;
    }
    reader = State::take(state->reader);
  }
  State::wake(reader);
  for (;;) {
    Future<bool> changed;
    {
      const std::lock_guard lock(state->mutex);
      if (state->closed || state->reader_gone) co_return false;
      if (state->bytes.size() < state->bytes_max) co_return true;
      state->writer = changed.promise();
    }
    co_await changed;
  }
}

void PipeWriter::close() const {
  State::Waiter reader;
  State::Waiter writer;
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    reader = State::take(state_->reader);
    writer = State::take(state_->writer);
  }
  State::wake(reader);
  State::wake(writer);
}

std::pair<PipeWriter, std::unique_ptr<BodySource>> make_pipe(size_t bytes_max) {
  auto state = std::make_shared<PipeWriter::State>(bytes_max);
  return {PipeWriter(state), std::make_unique<PipeReader>(state)};
}

}  // namespace hearth::io
