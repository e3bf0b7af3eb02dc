#include "io/loops.h"

namespace hearth::io {

Loops::Loops(size_t count, const Clock& clock) {
  for (size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(clock));
}

Loops::~Loops() {
  stop();
}

void Loops::start() {
  for (auto& loop : loops_) threads_.emplace_back([&loop] { loop->run(); });
}

void Loops::stop() {
  // A posted stop, so that work posted before it is done.
  for (auto& loop : loops_) loop->post([raw = loop.get()] { raw->stop(); });
  threads_.clear();
}

}  // namespace hearth::io
